#include "services/cli/packs.h"

#include "services/cli/handlers.h"
#include "shared/log/log.h"
#include "shared/text/nearest.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum ais_err cli_pack_view_open(const struct ais_settings *settings, struct cli_pack_view *ret, struct ais_why *why)
{
    TRY(cli_vault_open(settings, &ret->vault, why));
    TRY(ais_store_view(ret->vault.dir, ret->vault.ring, &ret->store, why));
    return ais_packs_read(ret->store, &ret->list, why);
}

void cli_pack_view_done(struct cli_pack_view *view)
{
    ais_pack_list_done(&view->list);
    ais_store_close(&view->store);
    cli_vault_done(&view->vault);
}

static enum ais_err no_such_pack(const struct ais_nearest *near, const char *what, struct ais_why *why)
{
    if (near->best == NULL)
        return ais_fail(why, AIS_E_INVALID, "there is no %s '%.80s'", what, near->word);
    return ais_fail(why, AIS_E_INVALID, "there is no %s '%.80s'; " AIS_DID_YOU_MEAN, what, near->word, near->best);
}

enum ais_err cli_packs_find(const struct ais_pack_list *list, const char *name, const struct ais_stored_pack **ret,
                            struct ais_why *why)
{
    struct ais_nearest near = { .word = name, .length = strlen(name) };
    for (size_t i = 0; i < list->count; i++) {
        *ret = &list->packs[i];
        if (strcmp((*ret)->name, name) == 0)
            return AIS_OK;
        ais_nearest_offer(&near, (*ret)->name);
    }
    return no_such_pack(&near, "rulepack", why);
}

static struct ais_pack_source *make_room(size_t count)
{
    return calloc(count > 0 ? count : 1, sizeof(struct ais_pack_source));
}

enum ais_err cli_packs_of(const struct ais_pack_list *list, struct ais_pack_source **ret, struct ais_why *why)
{
    struct ais_pack_source *sources = make_room(list->count);
    if (sources == NULL)
        return ais_fail(why, AIS_E_NOMEM, "no memory for rulepacks");
    for (size_t i = 0; i < list->count; i++) {
        const struct ais_stored_pack *pack = &list->packs[i];
        sources[i] = (struct ais_pack_source){ .file = pack->name,
                                               .bytes = pack->source,
                                               .size = pack->source_size,
                                               .enabled = pack->enabled,
                                               .kind = pack->kind };
    }
    *ret = sources;
    return AIS_OK;
}

enum ais_err cli_packs_bundled(struct cli_packs *packs, struct ais_why *why)
{
    packs->sources = make_room(ais_bundled_pack_count);
    if (packs->sources == NULL)
        return ais_fail(why, AIS_E_NOMEM, "no memory for rulepacks");
    for (; packs->count < ais_bundled_pack_count; packs->count++) {
        const struct ais_bundled_pack *pack = &ais_bundled_packs[packs->count];
        packs->sources[packs->count] = (struct ais_pack_source){
            .file = pack->name, .bytes = pack->bytes, .size = pack->size, .enabled = true, .kind = AIS_PACK_SYSTEM
        };
    }
    return AIS_OK;
}

static enum ais_err read_stored(const struct cli_call *call, bool enabled_only, struct cli_packs *packs,
                                struct ais_why *why)
{
    enum ais_err err = cli_pack_view_open(call->settings, &packs->view, why);
    if (err == AIS_E_NOT_FOUND) {
        ais_log(AIS_LOG_INFO, "there is no data directory yet: the bundled rulepacks are taken");
        return cli_packs_bundled(packs, why);
    }
    TRY(err);
    TRY(cli_packs_of(&packs->view.list, &packs->sources, why));
    for (size_t i = 0; i < packs->view.list.count; i++)
        if (packs->sources[i].enabled || !enabled_only)
            packs->sources[packs->count++] = packs->sources[i];
    return AIS_OK;
}

static enum ais_err read_files(char *const *paths, size_t count, struct cli_packs *ret, struct ais_why *why)
{
    ret->sources = make_room(count);
    ret->texts = calloc(count, sizeof *ret->texts);
    if (ret->sources == NULL || ret->texts == NULL)
        return ais_fail(why, AIS_E_NOMEM, "no memory for rulepacks");
    while (ret->count < count) {
        const char *path = paths[ret->count];
        struct ais_buf *text = &ret->texts[ret->count];
        struct ais_pack_source *source = &ret->sources[ret->count++];
        TRY(cli_read_file(path, AIS_RULEPACK_BYTES_MAX, text, why));
        *source = (struct ais_pack_source){
            .file = path, .bytes = text->data, .size = text->length, .enabled = true, .kind = AIS_PACK_CUSTOM
        };
    }
    return AIS_OK;
}

enum ais_err cli_packs_read(const struct cli_call *call, struct cli_packs *ret, struct ais_why *why)
{
    return call->operand_count > 0 ? read_files(call->operands, call->operand_count, ret, why)
                                   : read_stored(call, true, ret, why);
}

enum ais_err cli_packs_read_one(const struct cli_call *call, struct cli_packs *ret, struct ais_why *why)
{
    const char *word = call->operands[0];
    struct ais_nearest near = { .word = word, .length = strlen(word) };
    if (strcmp(word, "-") == 0 || strchr(word, '/') != NULL || access(word, F_OK) == 0)
        return read_files(call->operands, 1, ret, why);
    TRY(read_stored(call, false, ret, why));
    for (size_t i = 0; i < ret->count; i++) {
        const char *name = ret->sources[i].file;
        if (name != NULL && strcmp(name, word) == 0) {
            ret->sources[0] = ret->sources[i];
            ret->sources[0].enabled = true;
            ret->count = 1;
            return AIS_OK;
        }
        ais_nearest_offer(&near, name);
    }
    return no_such_pack(&near, "file or rulepack", why);
}

void cli_packs_done(struct cli_packs *packs)
{
    for (size_t i = 0; packs->texts != NULL && i < packs->count; i++)
        ais_buf_done(&packs->texts[i]);
    free(packs->texts);
    free(packs->sources);
    cli_pack_view_done(&packs->view);
}

void cli_add_counts(struct ais_buf *out, const struct ais_rulepack *pack)
{
    ais_buf_format(out, "%zu rules, %zu invariants", pack->rule_count, pack->invariant_count);
    if (pack->correlation_count > 0)
        ais_buf_format(out, ", %zu correlations", pack->correlation_count);
}

static enum ais_action action_of(enum ais_default_action action)
{
    static const enum ais_action actions[] = {
        [AIS_DEFAULT_ALLOW] = AIS_ACTION_ALLOW,
        [AIS_DEFAULT_REQUIRE_APPROVAL] = AIS_ACTION_REQUIRE_APPROVAL,
        [AIS_DEFAULT_BLOCK] = AIS_ACTION_BLOCK,
    };
    return actions[action];
}

struct ais_policy_options cli_packs_options(const struct ais_settings *settings)
{
    return (struct ais_policy_options){ .default_action = action_of(settings->default_action),
                                        .risk_threshold = (unsigned)settings->risk_threshold };
}

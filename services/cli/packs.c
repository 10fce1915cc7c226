#include "services/cli/packs.h"

#include "services/cli/handlers.h"
#include "shared/log/log.h"

#include <stdlib.h>

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

static enum ais_err take_bundled(struct cli_packs *packs, struct ais_why *why)
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

static enum ais_err read_stored(const struct cli_call *call, struct cli_packs *packs, struct ais_why *why)
{
    enum ais_err err = cli_pack_view_open(call->settings, &packs->view, why);
    if (err == AIS_E_NOT_FOUND) {
        ais_log(AIS_LOG_INFO, "there is no data directory yet: the bundled rulepacks are taken");
        return take_bundled(packs, why);
    }
    TRY(err);
    TRY(cli_packs_of(&packs->view.list, &packs->sources, why));
    for (size_t i = 0; i < packs->view.list.count; i++)
        if (packs->sources[i].enabled)
            packs->sources[packs->count++] = packs->sources[i];
    return AIS_OK;
}

enum ais_err cli_packs_read(const struct cli_call *call, struct cli_packs *ret, struct ais_why *why)
{
    if (call->operand_count == 0)
        return read_stored(call, ret, why);
    ret->sources = make_room(call->operand_count);
    ret->texts = calloc(call->operand_count, sizeof *ret->texts);
    if (ret->sources == NULL || ret->texts == NULL)
        return ais_fail(why, AIS_E_NOMEM, "no memory for rulepacks");
    while (ret->count < call->operand_count) {
        const char *path = call->operands[ret->count];
        struct ais_buf *text = &ret->texts[ret->count];
        struct ais_pack_source *source = &ret->sources[ret->count++];
        TRY(cli_read_file(path, AIS_RULEPACK_BYTES_MAX, text, why));
        *source = (struct ais_pack_source){
            .file = path, .bytes = text->data, .size = text->length, .enabled = true, .kind = AIS_PACK_CUSTOM
        };
    }
    return AIS_OK;
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

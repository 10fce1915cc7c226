/* rulepack import: a folder of Sigma rules as one rulepack. */
#include "services/cli/handlers.h"
#include "services/cli/sigma/sigma.h"
#include "shared/json/write.h"
#include "shared/policy/policy.h"

#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { FILE_MOST = 1 << 20 /* bytes of one file of rules */ };

static bool is_yaml(const char *name)
{
    const char *dot = strrchr(name, '.');
    return dot != NULL && (strcmp(dot, ".yml") == 0 || strcmp(dot, ".yaml") == 0);
}

/* The same order on every machine, so that ids are the same. */
static int by_name(const FTSENT **a, const FTSENT **b)
{
    return strcmp((*a)->fts_name, (*b)->fts_name);
}

static enum ais_err add_file(struct sigma_pack *pack, const char *path, struct ais_why *why)
{
    AUTO(ais_buf_done) struct ais_buf text = { 0 };
    TRY(cli_read_file(path, FILE_MOST, &text, why));
    return sigma_add(pack, path, text.data, text.length, why);
}

static enum ais_err add_entry(struct sigma_pack *pack, const FTSENT *entry, struct ais_why *why)
{
    switch (entry->fts_info) {
    case FTS_F:
        return entry->fts_level == 0 || is_yaml(entry->fts_name) ? add_file(pack, entry->fts_path, why) : AIS_OK;
    case FTS_NS:
    case FTS_DNR:
    case FTS_ERR: return ais_fail_errno(why, entry->fts_errno, "'%.120s' cannot be read", entry->fts_path);
    default: return AIS_OK;
    }
}

/* Links are not followed: a folder is what is in it. */
static enum ais_err add_folder(struct sigma_pack *pack, char *dir, struct ais_why *why)
{
    char *const roots[] = { dir, NULL };
    const FTSENT *entry;
    enum ais_err err = AIS_OK;
    FTS *tree = fts_open(roots, FTS_PHYSICAL | FTS_COMFOLLOW | FTS_NOCHDIR, by_name);
    if (tree == NULL)
        return ais_fail_errno(why, errno, "'%.120s' cannot be read", dir);
    while (err == AIS_OK && (entry = fts_read(tree)) != NULL)
        err = add_entry(pack, entry, why);
    fts_close(tree);
    return err;
}

/* What no file of rules can bring about would be a fault of ours; better found here than by whoever uses the pack. */
static enum ais_err check(const struct ais_buf *text, struct ais_why *why)
{
    AUTO(ais_diagnostics_done) struct ais_diagnostics faults = { 0 };
    AUTO(ais_arena_destroy) struct ais_arena *arena = ais_arena_new(0);
    const struct ais_rulepack *pack;
    if (text->failed || arena == NULL)
        return ais_fail(why, AIS_E_NOMEM, "no memory for a rulepack");
    if (text->length > AIS_RULEPACK_BYTES_MAX)
        return ais_fail(why, AIS_E_LIMIT,
                        "the rulepack would have %zu bytes, more than %d: import fewer folders at a time", text->length,
                        AIS_RULEPACK_BYTES_MAX);
    return ais_rulepack_read(arena, "the rulepack", text->data, text->length, &pack, &faults, why);
}

static enum ais_err write_file(const char *path, const struct ais_buf *text, struct ais_why *why)
{
    int file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (file < 0)
        return ais_fail_errno(why, errno, "'%.120s' cannot be created", path);
    size_t done = 0;
    while (done < text->length) {
        ssize_t n = write(file, text->data + done, text->length - done);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            break;
        done += (size_t)n;
    }
    int fault = done < text->length ? errno : 0;
    if (close(file) != 0 && fault == 0)
        fault = errno;
    if (fault == 0)
        return AIS_OK;
    unlink(path);
    return ais_fail_errno(why, fault, "'%.120s'", path);
}

/* ---- what became of the rules ---- */

static void report(const struct sigma_pack *pack, const char *output, struct ais_buf *out)
{
    if (!pack->json) {
        ais_buf_add(out, pack->refusals.data, pack->refusals.length);
        ais_buf_format(out, "%zu of %zu rules carried over%s%s", pack->carried, pack->carried + pack->refused,
                       output != NULL ? " to " : "", output != NULL ? output : "");
        return;
    }
    ais_jw_begin_object(out, NULL);
    ais_jw_u64(out, "rules", pack->carried + pack->refused);
    ais_jw_u64(out, "carried_over", pack->carried);
    ais_jw_u64(out, "refused", pack->refused);
    ais_jw_begin_array(out, "refusals");
    ais_buf_add(out, pack->refusals.data, pack->refusals.length);
    ais_jw_end_array(out);
    ais_jw_end_object(out);
}

static enum ais_err deliver(const struct sigma_pack *pack, const struct ais_buf *text, const char *output,
                            struct ais_why *why)
{
    AUTO(ais_buf_done) struct ais_buf told = { 0 };
    report(pack, output, &told);
    if (told.failed)
        return ais_fail(why, AIS_E_NOMEM, "no memory for the answer");
    if (output != NULL) {
        if (pack->carried > 0)
            TRY(write_file(output, text, why));
        return cli_print(&told, why);
    }
    fprintf(stderr, "%s\n", told.data);
    return pack->carried > 0 ? cli_print_bytes(text->data, text->length - 1, why) : AIS_OK;
}

static enum ais_err import(struct cli_call *call, struct sigma_pack *pack, struct ais_why *why)
{
    AUTO(ais_buf_done) struct ais_buf text = { 0 };
    const char *name = cli_flag(call, "name");
    TRY(sigma_begin(pack, why));
    TRY(add_folder(pack, call->operands[0], why));
    if (pack->carried + pack->refused == 0)
        return ais_fail(why, AIS_E_INVALID, "there is no rule in '%.120s'", call->operands[0]);
    sigma_write(pack, name != NULL ? name : "sigma", &text);
    if (pack->carried > 0)
        TRY(check(&text, why));
    call->exit_code = pack->carried > 0 ? CLI_DONE : CLI_NO;
    return deliver(pack, &text, cli_flag(call, "output"), why);
}

enum ais_err cli_rulepack_import(struct cli_call *call, struct ais_why *why)
{
    static const char *const kinds[] = { "sigma", NULL };
    AUTO(sigma_done) struct sigma_pack pack = { .json = false };
    size_t kind = 0;
    if (cli_flag(call, "from") == NULL)
        return ais_fail(why, AIS_E_USAGE, "--from is missing: it takes sigma");
    TRY(cli_choice(call, "from", kinds, &kind, why));
    TRY(cli_format(call, "json", &pack.json, why));
    return import(call, &pack, why);
}

#include "services/cli/handlers.h"
#include "services/cli/vault.h"
#include "shared/log/log.h"
#include "shared/seal/deflate.h"
#include "shared/seal/log.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

/* A file of sealed lines being printed. */
struct decryption {
    const char *path;
    FILE *file;                /* owned */
    struct ais_sealer *sealer; /* owned */
    struct ais_buf plain;      /* owned: what a line seals */
    struct ais_buf inflated;   /* owned: the payloads in it, where it is packed */
    char *line;                /* owned: of getline */
    size_t room;               /* of line */
    size_t number, opened, refused;
};

static void decryption_done(struct decryption *self)
{
    if (self->file != NULL)
        (void)fclose(self->file);
    ais_sealer_destroy(&self->sealer);
    ais_buf_wipe(&self->plain);
    ais_buf_wipe(&self->inflated);
    free(self->line);
}

/* Opens the line. The payloads of a packed one stand in it as they are printed: each on a line of its own. */
static enum ais_err open_line(struct decryption *self, size_t length, const struct ais_buf **ret, struct ais_why *why)
{
    TRY(ais_unseal(self->sealer, self->line, length, &self->plain, NULL, why));
    *ret = &self->plain;
    if (!ais_is_deflated(self->plain.data, self->plain.length))
        return AIS_OK;
    *ret = &self->inflated;
    return ais_inflate(self->plain.data, self->plain.length, AIS_SEAL_LOG_INFLATED, &self->inflated, why);
}

static enum ais_err print_line(struct decryption *self, size_t length, struct ais_why *why)
{
    struct ais_why reason = { 0 };
    if (self->line[length - 1] == '\n')
        length--;
    if (length == 0) /* padding of a log's segment */
        return AIS_OK;
    const struct ais_buf *text = NULL;
    enum ais_err err = open_line(self, length, &text, &reason);
    if (err == AIS_OK) {
        self->opened++;
        return cli_print(text, why);
    }
    if (err != AIS_E_SYNTAX && err != AIS_E_KEY && err != AIS_E_DAMAGED)
        return ais_fail(why, err, "%s", reason.text);
    self->refused++;
    ais_log(AIS_LOG_ERROR, "%s:%zu: %s", self->path, self->number, reason.text);
    return AIS_OK;
}

static enum ais_err print_lines(struct decryption *self, struct ais_why *why)
{
    ssize_t length;
    errno = 0;
    while ((length = getline(&self->line, &self->room, self->file)) > 0) {
        self->number++;
        TRY(print_line(self, (size_t)length, why));
    }
    return ferror(self->file) ? ais_fail_errno(why, errno, "'%.160s' cannot be read", self->path) : AIS_OK;
}

enum ais_err cli_decrypt(struct cli_call *call, struct ais_why *why)
{
    AUTO(cli_vault_done) struct cli_vault vault = { NULL, NULL };
    AUTO(decryption_done) struct decryption self = { .path = call->operands[0] };
    self.file = fopen(self.path, "re");
    if (self.file == NULL)
        return ais_fail_errno(why, errno, "'%.160s' cannot be read", self.path);
    TRY(cli_vault_open_keys(call->settings, &vault, why));
    TRY(ais_sealer_new(vault.ring, &self.sealer, why));
    TRY(print_lines(&self, why));
    if (self.refused > 0 && self.opened == 0)
        return ais_fail(why, AIS_E_KEY, "no line of '%.160s' opens: it is not sealed, or under another key", self.path);
    if (self.refused > 0)
        return ais_fail(why, AIS_E_DAMAGED, "%zu of %zu lines of '%.160s' do not open", self.refused,
                        self.refused + self.opened, self.path);
    return AIS_OK;
}

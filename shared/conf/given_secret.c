#include "shared/conf/given_secret.h"

#include "shared/mem/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FILE_LONGEST = 16 * 1024 };

enum ais_err ais_given_secret_take(char **environment, const char *name, char **ret, struct ais_why *why)
{
    size_t name_length = strlen(name);
    char *secret = NULL;
    enum ais_err err = AIS_OK;
    char **kept = environment;
    for (char **variable = environment; *variable != NULL; variable++) {
        char *text = *variable;
        if (strncmp(text, name, name_length) != 0 || text[name_length] != '=') {
            *kept++ = text;
            continue;
        }
        char *value = text + name_length + 1;
        size_t length = strlen(value);
        if (secret == NULL && err == AIS_OK) { /* the first counts, as for getenv */
            secret = ais_secret_alloc(length + 1);
            if (secret != NULL)
                memcpy(secret, value, length + 1);
            else
                err = ais_fail(why, AIS_E_NOMEM, "no locked memory for %s", name);
        }
        ais_secret_wipe(value, length);
    }
    *kept = NULL;
    if (err == AIS_OK)
        *ret = secret;
    return err;
}

/* The file's bytes, ended by a NUL, without a line break at the end. There is room for one byte more than the longest,
 * so that a file that is too long shows. */
static enum ais_err read_whole(int file, char bytes[FILE_LONGEST + 2], struct ais_why *why)
{
    size_t length = 0;
    while (length <= FILE_LONGEST) {
        ssize_t n = read(file, bytes + length, FILE_LONGEST + 1 - length);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return ais_fail_errno(why, errno, "it cannot be read");
        if (n == 0)
            break;
        length += (size_t)n;
    }
    if (length > FILE_LONGEST)
        return ais_fail(why, AIS_E_IO, "it is longer than %d bytes", FILE_LONGEST);
    if (memchr(bytes, '\0', length) != NULL)
        return ais_fail(why, AIS_E_IO, "it holds a NUL byte");
    while (length > 0 && (bytes[length - 1] == '\n' || bytes[length - 1] == '\r'))
        length--;
    bytes[length] = '\0';
    return AIS_OK;
}

static enum ais_err check_mode(int file, struct ais_why *why)
{
    struct stat info;
    if (fstat(file, &info) != 0)
        return ais_fail_errno(why, errno, "it cannot be looked at");
    mode_t refused = S_IRWXG | S_IRWXO;
    if (info.st_uid == 0)
        refused &= ~(mode_t)S_IRGRP;
    if (!S_ISREG(info.st_mode) || (info.st_mode & refused) == 0)
        return AIS_OK;
    return ais_fail(
        why, AIS_E_REFUSED,
        "it is a secret and open to others (mode %03o): chmod it to 600, and replace the secret if somebody "
        "may have read it",
        (unsigned)(info.st_mode & 0777));
}

static enum ais_err read_checked(int file, char bytes[FILE_LONGEST + 2], struct ais_why *why)
{
    TRY(check_mode(file, why));
    return read_whole(file, bytes, why);
}

enum ais_err ais_given_secret_read(const char *path, char **ret, struct ais_why *why)
{
    char *secret = ais_secret_alloc(FILE_LONGEST + 2);
    if (secret == NULL)
        return ais_fail(why, AIS_E_NOMEM, "no locked memory for it");
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    enum ais_err err = file >= 0 ? read_checked(file, secret, why) : ais_fail_errno(why, errno, "it cannot be read");
    if (file >= 0)
        close(file);
    if (err == AIS_OK)
        *ret = secret;
    else
        ais_secret_free(secret);
    return err;
}

#include "shared/conf/check.h"

#include "shared/audit/mask_list.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { FERNET_KEY_LENGTH = 44, API_KEY_SHORTEST = 32, API_KEY_LONGEST = 512, HOST_LONGEST = 255 };

enum ais_err ais_check_path(const char *value, struct ais_arena *arena, const char **ret, struct ais_why *why)
{
    (void)arena;
    size_t length = strlen(value);
    if (length == 0 || length >= PATH_MAX)
        return ais_fail(why, AIS_E_SETTING, "%s", length == 0 ? "it is empty" : "it is too long");
    *ret = value;
    return AIS_OK;
}

enum ais_err ais_check_readable(const char *value, struct ais_arena *arena, const char **ret, struct ais_why *why)
{
    const char *path = value;
    TRY(ais_check_path(value, arena, &path, why));
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    struct stat info = { 0 };
    int fault = file < 0 || fstat(file, &info) != 0 ? errno : S_ISDIR(info.st_mode) ? EISDIR : 0;
    if (file >= 0)
        close(file);
    if (fault != 0)
        return ais_fail_errno(why, fault, "it cannot be read");
    *ret = path;
    return AIS_OK;
}

bool ais_truth_read(const char *text, bool *ret)
{
    static const char *const spellings[][4] = {
        {"false", "0", "no",  "off"},
        { "true", "1", "yes", "on" },
    };
    for (size_t truth = 0; truth < N_ELEMS(spellings); truth++)
        for (size_t i = 0; i < N_ELEMS(spellings[truth]); i++)
            if (strcasecmp(text, spellings[truth][i]) == 0) {
                *ret = truth == 1;
                return true;
            }
    return false;
}

bool ais_address_is_loopback(const char *address)
{
    struct in_addr four;
    struct in6_addr six;
    if (inet_pton(AF_INET, address, &four) == 1)
        return ntohl(four.s_addr) >> 24 == 127;
    if (inet_pton(AF_INET6, address, &six) != 1)
        return false;
    return IN6_IS_ADDR_LOOPBACK(&six) || (IN6_IS_ADDR_V4MAPPED(&six) && six.s6_addr[12] == 127);
}

enum ais_err ais_check_host(const char *value, struct ais_arena *arena, const char **ret, struct ais_why *why)
{
    unsigned char address[sizeof(struct in6_addr)];
    (void)arena;
    if (strcmp(value, "localhost") == 0)
        *ret = "127.0.0.1";
    else if (inet_pton(AF_INET, value, address) == 1 || inet_pton(AF_INET6, value, address) == 1)
        *ret = value;
    else
        return ais_fail(why, AIS_E_SETTING, "%s", value[0] == '\0' ? "it is empty" : "");
    return AIS_OK;
}

static bool is_port(const char *text)
{
    size_t digits = strspn(text, "0123456789");
    unsigned long port = 0;
    if (strcmp(text, "*") == 0)
        return true;
    if (digits == 0 || digits > 5 || text[digits] != '\0')
        return false;
    for (size_t i = 0; i < digits; i++)
        port = port * 10 + (unsigned long)(text[i] - '0');
    return port >= 1 && port <= 65535;
}

/* What follows tcp://, split into a numeric address and ":port". */
static bool split_tcp(const char *rest, char host[HOST_LONGEST + 1], const char **ret_port)
{
    const char *colon = strrchr(rest, ':');
    if (colon == NULL || !is_port(colon + 1))
        return false;
    size_t length = (size_t)(colon - rest);
    bool bracketed = length > 2 && rest[0] == '[' && colon[-1] == ']';
    if (bracketed) {
        rest++;
        length -= 2;
    }
    if (length == 0 || length > HOST_LONGEST || bracketed != (memchr(rest, ':', length) != NULL))
        return false;
    memcpy(host, rest, length);
    host[length] = '\0';
    *ret_port = colon + 1;
    return true;
}

static enum ais_err check_tcp(const char *value, struct ais_arena *arena, const char **ret, struct ais_why *why)
{
    char host[HOST_LONGEST + 1], endpoint[HOST_LONGEST + 32];
    const char *port = NULL, *address = host;
    if (!split_tcp(value + strlen("tcp://"), host, &port))
        return ais_fail(why, AIS_E_SETTING, "%s", "");
    if (ais_check_host(host, arena, &address, NULL) != AIS_OK || !ais_address_is_loopback(address))
        return ais_fail(why, AIS_E_SETTING, "other machines need CURVE, which is not in this version");
    int length = snprintf(endpoint, sizeof endpoint, strchr(address, ':') != NULL ? "tcp://[%s]:%s" : "tcp://%s:%s",
                          address, port);
    *ret = ais_arena_copy(arena, endpoint, (size_t)length);
    return *ret != NULL ? AIS_OK : ais_fail(why, AIS_E_NOMEM, "no memory for a setting");
}

enum ais_err ais_check_endpoint(const char *value, struct ais_arena *arena, const char **ret, struct ais_why *why)
{
    static const char ipc[] = "ipc:///", tcp[] = "tcp://";
    if (strncmp(value, tcp, strlen(tcp)) == 0)
        return check_tcp(value, arena, ret, why);
    if (strncmp(value, ipc, strlen(ipc)) != 0 || value[strlen(ipc)] == '\0')
        return ais_fail(why, AIS_E_SETTING, "%s", "");
    size_t longest = sizeof((struct sockaddr_un *)NULL)->sun_path - 1;
    if (strlen(value) - strlen("ipc://") > longest)
        return ais_fail(why, AIS_E_SETTING, "a socket's path has at most %zu bytes", longest);
    *ret = value;
    return AIS_OK;
}

/* White space around a key is fine: keys are often pasted. */
enum ais_err ais_check_fernet_keys(const char *value, struct ais_arena *arena, const char **ret, struct ais_why *why)
{
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_",
                      space[] = " \t\r\n";
    (void)arena;
    (void)ret;
    for (size_t number = 1;; number++) {
        value += strspn(value, space);
        size_t body = strspn(value, alphabet);
        if (body != FERNET_KEY_LENGTH - 1 || value[body] != '=')
            return ais_fail(why, AIS_E_SETTING, "key %zu has not that form", number);
        value += FERNET_KEY_LENGTH;
        value += strspn(value, space);
        if (*value == '\0')
            return AIS_OK;
        if (*value++ != ',')
            return ais_fail(why, AIS_E_SETTING, "key %zu has not that form", number);
    }
}

enum ais_err ais_check_api_key(const char *value, struct ais_arena *arena, const char **ret, struct ais_why *why)
{
    size_t length = 0;
    (void)arena;
    (void)ret;
    while (value[length] > ' ' && value[length] <= '~')
        length++;
    if (value[length] != '\0')
        return ais_fail(why, AIS_E_SETTING, "character %zu is none of them", length + 1);
    if (length < API_KEY_SHORTEST || length > API_KEY_LONGEST)
        return ais_fail(why, AIS_E_SETTING, "it has %zu", length);
    return AIS_OK;
}

enum ais_err ais_check_mask(const char *value, struct ais_arena *arena, const char **ret, struct ais_why *why)
{
    struct ais_mask_list list;
    (void)arena;
    TRY(ais_mask_list_read(value, &list, why));
    *ret = value;
    return AIS_OK;
}

/* Tools that are named after a program and leave its name out of what it is given: kubectl{command: "get pods"}. */
#include "shared/policy/facts/shell/named.h"
#include "shared/text/ascii.h"

#include <string.h>

/* ---- names ---- */

/* Words that are a program's name and nothing else. */
static const char tools[] =
    "kubectl oc docker podman nerdctl crictl git terraform tofu terragrunt helm helmfile aws gcloud gsutil az gh "
    "glab psql pgcli systemctl journalctl npm npx pnpm yarn pip vault consul nomad ansible pulumi heroku flyctl "
    "doctl eksctl kops argocd istioctl velero minikube etcdctl rclone virsh vagrant openstack ufw iptables zpool "
    "zfs crontab apt dnf yum nmap tcpdump";

/* Those that commands begin with, and no tool is named after. */
static const char beginnings[] =
    "curl wget redis-cli docker-compose ansible-playbook sudo doas env bash sh zsh dash ksh fish powershell pwsh cd "
    "pushd echo printf cat tee python python2 python3 node ruby perl php mysql mysqldump mariadb sqlite3 mongo mongosh "
    "timeout nohup nice xargs nsenter chroot find sed awk if for while until case ls";

static const struct program {
    const char *names;
    const char *name;   /* of the program; NULL: the word */
    bool alone;         /* with another word behind it, it is something else: ssh_keygen */
    bool is_subcommand; /* of other programs as well: docker rm */
    bool carries;       /* commands for somewhere else: the text may be one of them */
    bool names_no_tool;
} programs[] = {
    {tools,                  NULL,        false, false, false, false},
    { "redis",               "redis-cli", true,  false, false, false},
    { "ssh",                 NULL,        true,  true,  true,  false},
    { "rm rsync scp",        NULL,        true,  true,  false, false},
    { "chmod chown dd mkfs", NULL,        true,  false, false, false},
    { beginnings,            NULL,        false, false, false, true },
};
const struct ais_word_table ais_shell_program_table = { programs, sizeof *programs, N_ELEMS(programs) };

/* Of tools' names: what says nothing of what the program is to do, */
static const char general[] =
    " mcp cli ctl cmd cmds command commands exec execute executes run runs runner call invoke "
    "do tool tools server client shell raw any generic custom query request action task "
    "operation op ops process in on at remote local sync async ";

/* and what makes another word of one: GitHub. */
static const char others[] = " hub lab book flow ";

/* The next word of a tool's name, of letters and digits; it ends also before a capital behind a small letter. */
static size_t next_word(const char *text, size_t *at)
{
    while (text[*at] != '\0' && !ais_is_alnum(text[*at]))
        ++*at;
    size_t end = *at;
    for (; ais_is_alnum(text[end]); end++)
        if (end > *at && text[end] >= 'A' && text[end] <= 'Z' && !(text[end - 1] >= 'A' && text[end - 1] <= 'Z'))
            break;
    return end - *at;
}

static void copy_lower(char *to, const char *text, size_t n)
{
    for (size_t i = 0; i < n; i++)
        to[i] = ais_lower(text[i]);
}

/* What the table says of a word, without the digits behind it (pip3). NULL: nothing. */
static const struct program *program_of(const char *text, size_t n)
{
    char word[16];
    while (n > 0 && ais_is_digit(text[n - 1]))
        n--;
    if (n > sizeof word)
        return NULL;
    copy_lower(word, text, n);
    uint8_t row = ais_shell_rows(word, n)[AIS_SHELL_PROGRAMS];
    return row > 0 && !programs[row - 1].names_no_tool ? &programs[row - 1] : NULL;
}

/* Adds what a tool's name says behind the program's: git_push. False: it is the name of something else. */
static bool add_rest(struct ais_shell_named *named, const struct program *program, const char *text, size_t at)
{
    for (size_t n; (n = next_word(text, &at)) > 0; at += n) {
        if (named->length == named->name_length && ais_word_is_listed(text + at, n, others))
            return false;
        bool again = n == named->name_length && strncasecmp(text + at, named->text, n) == 0;
        if (again || ais_word_is_listed(text + at, n, general))
            continue;
        if (program->alone)
            return false;
        named->text[named->length++] = ' ';
        copy_lower(named->text + named->length, text + at, n);
        named->length += n;
    }
    return true;
}

void ais_shell_named_tool(struct ais_view *view, struct ais_part *part, const struct ais_json *tool,
                          struct ais_shell_named *ret)
{
    enum { NAME_MOST = 16 };
    const struct program *program = NULL;
    size_t at = 0, n;
    *ret = (struct ais_shell_named){ 0 };
    while ((n = next_word(tool->text, &at)) > 0 && (program = program_of(tool->text + at, n)) == NULL)
        at += n;
    if (program == NULL || !ais_part_spend(view, part, 2 * tool->length))
        return;
    char *text = ais_view_alloc(view, 2 * tool->length + NAME_MOST);
    if (text == NULL)
        return;
    const char *name = program->name != NULL ? program->name : tool->text + at;
    struct ais_shell_named named = { .text = text, .carries = program->carries };
    named.name_length = named.length = program->name != NULL ? strlen(name) : n;
    copy_lower(text, name, named.length);
    if (add_rest(&named, program, tool->text, at + n))
        *ret = named;
}

/* ---- what it is given ---- */

static bool is_key(const struct ais_json *member, const char *names)
{
    return ais_word_is_listed(member->key, member->key_length, names);
}

enum ais_shell_role ais_shell_role_of(const struct ais_json *member)
{
    if (member->kind != AIS_JSON_ARRAY && member->kind != AIS_JSON_STRING)
        return AIS_SHELL_NO_ROLE;
    if (is_key(member, " command cmd "))
        return AIS_SHELL_ASKED;
    if (is_key(member, " subcommand sub_command "))
        return AIS_SHELL_SUBCOMMAND;
    if (is_key(member, " args arguments argv cli_args cmd_args command_args cmdargs commandargs cliargs "))
        return AIS_SHELL_ARGUMENTS;
    return is_key(member, " arg flags options opts params parameters ") ? AIS_SHELL_OPTIONS : AIS_SHELL_NO_ROLE;
}

/* Whether a word begins commands, or what programs are asked to do. */
static enum ais_shell_reading reading_of_word(const struct ais_shell_named *named, const char *word, size_t n)
{
    const char *slash = memrchr(word, '/', n), *name = slash != NULL ? slash + 1 : word;
    size_t length = n - (size_t)(name - word);
    const uint8_t *rows = ais_shell_rows(name, length);
    uint8_t row = rows[AIS_SHELL_PROGRAMS];
    if (length == named->name_length && memcmp(name, named->text, length) == 0)
        return AIS_SHELL_AS_IT_IS;
    if (row > 0)
        return programs[row - 1].is_subcommand ? AIS_SHELL_BOTH_WAYS : AIS_SHELL_AS_IT_IS;
    for (unsigned table = 0; table < AIS_SHELL_KEYS; table++)
        if (rows[table] > 0)
            return AIS_SHELL_BOTH_WAYS;
    for (size_t i = 0; i < n; i++)
        if (!ais_is_alnum(word[i]) && !ais_shell_one_of("-_.:/@,=", word[i]))
            return AIS_SHELL_BOTH_WAYS;
    if (word[0] != '-' && memchr(word, '=', n) != NULL) /* before a command */
        return AIS_SHELL_AS_IT_IS;
    return slash != NULL ? AIS_SHELL_BOTH_WAYS : AIS_SHELL_WITH_NAME;
}

enum ais_shell_reading ais_shell_reading_of(const struct ais_shell_named *named, const char *word, size_t n)
{
    enum ais_shell_reading reading = word != NULL ? reading_of_word(named, word, n) : AIS_SHELL_WITH_NAME;
    return reading == AIS_SHELL_WITH_NAME && named->carries ? AIS_SHELL_BOTH_WAYS : reading;
}

size_t ais_shell_named_length(const struct ais_shell_named *named, const char *word, size_t n)
{
    for (size_t i = named->name_length; word != NULL && i < named->length;) {
        const char *rest = named->text + i + 1, *end = memchr(rest, ' ', named->length - i - 1);
        size_t length = end != NULL ? (size_t)(end - rest) : named->length - i - 1;
        if (length == n && memcmp(rest, word, n) == 0)
            return named->name_length;
        i += length + 1;
    }
    return named->length;
}

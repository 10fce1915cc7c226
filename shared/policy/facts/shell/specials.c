/* Wrappers with a grammar of their own: shells, find, containers, ip, git. */
#include "shared/policy/facts/shell/unwrap.h"

#include <string.h>

/* ---- shells ---- */

/* Commands that are read from an input run one level below: they are no part of the pipeline that prints them. What is
 * in its pipeline already needs none made. */
bool ais_shell_input(struct ais_shell *shell, size_t i, const struct ais_shell_output *input,
                     struct ais_shell_output *ret)
{
    if (input == NULL)
        return false;
    if (input->by.end > input->by.first && (input->is_file || input->by.level != shell->level))
        ais_shell_pipe(shell, input->by, i);
    shell->commands[i].blind = shell->commands[i].blind || (input->derived && input->length == 0);
    if (input->length == 0 || !ais_shell_enter(shell))
        return false;
    shell->level++;
    ais_shell_read(shell, input->text, input->length, NULL, ret);
    shell->level--;
    ais_shell_leave(shell);
    return true;
}

static bool is_input(const struct ais_shell_word *word)
{
    return ais_shell_is(word, "/dev/stdin") || ais_shell_is(word, "/proc/self/fd/0") || ais_shell_is(word, "/dev/fd/0");
}

/* A script: only one that is the output of commands, or was written by them, is known. */
static bool read_file(struct ais_shell *shell, size_t i, const struct ais_shell_word *word,
                      const struct ais_shell_output *input, struct ais_shell_output *ret)
{
    if (is_input(word))
        return ais_shell_input(shell, i, input, ret);
    const struct ais_shell_output *file = word->process ? word->from : ais_shell_file(shell, word);
    if (file == NULL)
        return false;
    if (word->process)
        ais_shell_run_printed(shell, file);
    struct ais_shell_output content = *file;
    content.is_file = true;
    return ais_shell_input(shell, i, &content, ret);
}

/* sh and its kin: `-c` (also among other letters) makes the first word behind the options a text, whose $0, $1, … are
 * the words behind it. */
static bool unwrap_shell(struct ais_shell *shell, size_t i, const struct ais_shell_output *input,
                         struct ais_shell_output *ret)
{
    const struct ais_shell_words words = shell->commands[i].words;
    bool is_text = false, from_input = false;
    size_t k = 1;
    for (; k < words.count; k++) {
        const struct ais_shell_word *word = &words.items[k];
        if (word->length < 2 || (word->text[0] != '-' && word->text[0] != '+') || !word->literal)
            break;
        if (word->text[1] == '-') {
            is_text = is_text || ais_shell_is(word, "--command");
            k += ais_shell_in("--rcfile --init-file", word->text, word->length);
            if (word->length == 2) {
                k++;
                break;
            }
            continue;
        }
        is_text = is_text || memchr(word->text, 'c', word->length) != NULL;
        from_input = from_input || memchr(word->text, 's', word->length) != NULL;
        char last = word->text[word->length - 1];
        k += last == 'o' || last == 'O';
    }
    if (k >= words.count || (from_input && !is_text) || ais_shell_is(&words.items[k], "-"))
        return !is_text && ais_shell_input(shell, i, input, ret);
    if (!is_text)
        return read_file(shell, i, &words.items[k], input, ret);
    const struct ais_shell_words *outer = shell->positional;
    const struct ais_shell_words given = { words.items + k + 1, words.count - k - 1, words.count - k - 1 };
    shell->positional = given.count > 0 ? &given : NULL;
    ais_shell_reads(shell, i, &words.items[k], input, ret);
    words.items[k].shell = words.items[k].literal;
    shell->positional = outer;
    return true;
}

bool ais_shell_script(struct ais_shell *shell, size_t i, struct ais_shell_output *ret)
{
    const struct ais_shell_word *word = &shell->commands[i].words.items[0];
    return memchr(word->text, '/', word->length) != NULL && read_file(shell, i, word, NULL, ret);
}

static bool unwrap_source(struct ais_shell *shell, size_t i, const struct ais_shell_output *input,
                          struct ais_shell_output *ret)
{
    const struct ais_shell_words words = shell->commands[i].words;
    if (words.count > 1 && is_input(&words.items[1]))
        shell->commands[i].executes = true;
    return words.count > 1 && read_file(shell, i, &words.items[1], input, ret);
}

/* at and batch read their input as shell, unless they are asked for something else. */
static bool unwrap_at(struct ais_shell *shell, size_t i, const struct ais_shell_output *input,
                      struct ais_shell_output *ret)
{
    const struct ais_shell_words words = shell->commands[i].words;
    for (size_t k = 1; k < words.count; k++)
        if (ais_shell_in("-l -r -d -c -f", words.items[k].text, words.items[k].length))
            return false;
    shell->commands[i].executes = true;
    return ais_shell_input(shell, i, input, ret);
}

/* ---- find ---- */

/* What find begins with, when that is nothing relative: `{}` stands for what is below. */
static const struct ais_shell_word *find_root(const struct ais_shell_words *words)
{
    size_t k = 1;
    while (k < words->count && ais_shell_in("-H -L -P", words->items[k].text, words->items[k].length))
        k++;
    const struct ais_shell_word *word = k < words->count ? &words->items[k] : NULL;
    return word != NULL && word->length > 0 && ais_shell_one_of("/~$", word->text[0]) ? word : NULL;
}

/* The name that find looks for, when it is no pattern: the first one. */
static const struct ais_shell_word *find_name(const struct ais_shell_words *words)
{
    for (size_t k = 1; k + 1 < words->count; k++) {
        const struct ais_shell_word *name = &words->items[k + 1];
        bool plain = name->literal && name->length > 0;
        for (size_t i = 0; i < name->length; i++)
            plain = plain && !ais_shell_is_wildcard(name->text[i]);
        if (plain && ais_shell_in("-name -iname", words->items[k].text, words->items[k].length))
            return name;
    }
    return NULL;
}

/* What `{}` stands for: a name below what is searched, or anything below it. */
static struct ais_shell_word found_file(struct ais_shell *shell, const struct ais_shell_words *words)
{
    const struct ais_shell_word *root = find_root(words), *name = find_name(words);
    struct ais_shell_bytes bytes = { 0 };
    if (root != NULL) {
        ais_shell_push(shell, &bytes, root->text, root->length);
        ais_shell_push(shell, &bytes, "/", root->text[root->length - 1] != '/');
    }
    ais_shell_push(shell, &bytes, name != NULL ? name->text : "{}", name != NULL ? name->length : 2);
    return ais_shell_word_of(bytes.data != NULL ? bytes.data : "", bytes.length);
}

/* The words of a command behind -exec. */
static struct ais_shell_words found_words(struct ais_shell *shell, const struct ais_shell_words *words, size_t from,
                                          size_t end)
{
    struct ais_shell_words inner = { 0 };
    for (size_t k = from; k < end; k++) {
        bool found = ais_shell_is(&words->items[k], "{}");
        ais_shell_add_word(shell, &inner, found ? found_file(shell, words) : words->items[k]);
    }
    return inner;
}

/* `-exec COMMAND ;` and `-exec COMMAND {} +`, as often as they stand there; fd's -x and -X are the last. */
static bool unwrap_find(struct ais_shell *shell, size_t i, const struct ais_shell_output *input,
                        struct ais_shell_output *ret)
{
    const struct ais_shell_words words = shell->commands[i].words;
    bool any = false;
    for (size_t k = 1; k < words.count; k++) {
        if (!ais_shell_in("-exec -execdir -ok -okdir -x -X --exec --exec-batch", words.items[k].text,
                          words.items[k].length))
            continue;
        size_t end = k + 1;
        while (end < words.count && !ais_shell_is(&words.items[end], ";") &&
               !(ais_shell_is(&words.items[end], "+") && ais_shell_is(&words.items[end - 1], "{}")))
            end++;
        const struct ais_shell_words inner = found_words(shell, &words, k + 1, end);
        any = ais_shell_runs(shell, &inner, 0, input, ret) || any;
        k = end;
    }
    ret->length = 0;
    ret->whole = false;
    return any;
}

/* ---- containers ---- */

static const struct ais_shell_word *long_value(const struct ais_shell_words *words, size_t end, const char *name,
                                               struct ais_shell_word *room)
{
    size_t length = strlen(name);
    for (size_t k = 1; k < end; k++) {
        const struct ais_shell_word *word = &words->items[k];
        if (ais_shell_is(word, name) && k + 1 < end)
            return &words->items[k + 1];
        if (word->length > length && memcmp(word->text, name, length) == 0 && word->text[length] == '=') {
            *room = *word;
            room->text += length + 1;
            room->length -= length + 1;
            return room;
        }
    }
    return NULL;
}

/* docker exec [OPTIONS] CONTAINER COMMAND; docker run [OPTIONS] IMAGE COMMAND; also behind `compose` and `container`.
 */
static bool unwrap_container(struct ais_shell *shell, size_t i, const struct ais_shell_output *input,
                             struct ais_shell_output *ret)
{
    static const char names[] =
        "--add-host --cap-add --cap-drop --cidfile --cpus --cpuset-cpus --device --dns --entrypoint --env --env-file "
        "--expose --gpus --group-add --hostname --ip --label --link --log-driver --log-opt --memory --mount --name "
        "--net --network --pid --platform --publish --pull --restart --runtime --security-opt --shm-size --tmpfs "
        "--ulimit --user --userns --volume --volumes-from --workdir --file --project-name --context --host";
    const struct ais_shell_words words = shell->commands[i].words;
    size_t k = 1;
    while (k < words.count && !ais_shell_in("exec run", words.items[k].text, words.items[k].length))
        k++;
    size_t image = k < words.count ? ais_shell_skip_options(&words, k + 1, "aehlmpuvwcf", names) : words.count;
    struct ais_shell_word room;
    const struct ais_shell_word *entry = long_value(&words, image, "--entrypoint", &room);
    if (entry == NULL || image >= words.count)
        return ais_shell_runs(shell, &words, image + 1, input, ret);
    struct ais_shell_words inner = { 0 };
    ais_shell_add_word(shell, &inner, *entry);
    for (size_t at = image + 1; at < words.count; at++)
        ais_shell_add_word(shell, &inner, words.items[at]);
    return ais_shell_runs(shell, &inner, 0, input, ret);
}

/* ---- ip ---- */

/* ip netns exec NAME COMMAND; ip vrf exec NAME COMMAND. */
static bool unwrap_ip(struct ais_shell *shell, size_t i, const struct ais_shell_output *input,
                      struct ais_shell_output *ret)
{
    const struct ais_shell_words words = shell->commands[i].words;
    for (size_t k = 1; k + 1 < words.count; k++)
        if (ais_shell_in("netns vrf", words.items[k].text, words.items[k].length) &&
            ais_shell_is(&words.items[k + 1], "exec"))
            return ais_shell_runs(shell, &words, k + 3, input, ret);
    return false;
}

/* ---- git ---- */

static const char git_commands[] = "core.pager core.editor core.sshCommand core.sshcommand core.askPass core.askpass "
                                   "core.fsmonitor sequence.editor diff.external gpg.program";

/* NAME=TEXT of a setting that git runs, alias.NAME=!TEXT. */
static bool git_setting(struct ais_shell_word word, struct ais_shell_word *ret)
{
    const char *equals = memchr(word.text, '=', word.length);
    size_t name = equals != NULL ? (size_t)(equals - word.text) : 0, begin = name + 1;
    bool alias = name > 6 && memcmp(word.text, "alias.", 6) == 0 && ais_shell_at(word.text, word.length, begin) == '!';
    if (name == 0 || (!alias && !ais_shell_in(git_commands, word.text, name)))
        return false;
    begin += alias;
    *ret = word;
    ret->text += begin;
    ret->length -= begin;
    return true;
}

/* git bisect run COMMAND; submodule foreach TEXT; rebase --exec TEXT; -c alias.x=!TEXT; config alias.x !TEXT.
 */
static bool unwrap_git(struct ais_shell *shell, size_t i, const struct ais_shell_output *input,
                       struct ais_shell_output *ret)
{
    const struct ais_shell_words words = shell->commands[i].words;
    struct ais_shell_word value;
    for (size_t k = 1; k + 1 < words.count; k++) {
        const struct ais_shell_word *word = &words.items[k], *next = &words.items[k + 1];
        if (ais_shell_is(word, "bisect") && ais_shell_is(next, "run"))
            return ais_shell_runs(shell, &words, k + 2, input, ret);
        if (ais_shell_is(word, "submodule") && ais_shell_is(next, "foreach"))
            return ais_shell_joins(shell, i, ais_shell_skip_options(&words, k + 2, "", ""), input, ret);
        if (ais_shell_is(word, "rebase"))
            for (size_t at = k + 1; at + 1 < words.count; at++)
                if (ais_shell_in("-x --exec", words.items[at].text, words.items[at].length))
                    return ais_shell_reads(shell, i, &words.items[at + 1], input, ret);
        if (word->length > 6 && memcmp(word->text, "alias.", 6) == 0 && next->length > 1 && next->text[0] == '!') {
            struct ais_shell_word text = ais_shell_word_of(next->text + 1, next->length - 1);
            return ais_shell_reads(shell, i, &text, input, ret);
        }
        if (ais_shell_in(git_commands, word->text, word->length)) /* config core.pager TEXT */
            return ais_shell_reads(shell, i, next, input, ret);
        if (word->length >= 2 && memcmp(word->text, "-c", 2) == 0 &&
            git_setting(word->length == 2 ? *next : ais_shell_word_of(word->text + 2, word->length - 2), &value))
            return ais_shell_reads(shell, i, &value, input, ret);
    }
    return false;
}

/* Clients of databases that read statements from their input. */
#define DATABASES                                                                                                   \
    "psql pgcli usql vsql cockroach mysql mariadb mycli mysqlsh sqlite sqlite3 litecli duckdb sqlcmd osql sqlplus " \
    "sqlcl clickhouse-client clickhouse snowsql cqlsh hive beeline spark-sql trino presto impala-shell bq heroku"

const struct ais_shell_special ais_shell_specials[] = {
    {"sh bash zsh dash ksh mksh ash fish rbash csh tcsh",                                                      unwrap_shell          },
    { "source .",                                                                                              unwrap_source         },
    { "at batch",                                                                                              unwrap_at             },
    { "find fd fdfind bfs",                                                                                    unwrap_find           },
    { "xargs",                                                                                                 ais_shell_xargs       },
    { "parallel",                                                                                              ais_shell_parallel    },
    { "docker podman nerdctl docker-compose",                                                                  unwrap_container      },
    { "git",                                                                                                   unwrap_git            },
    { "poetry pipenv uv rye pdm hatch bundle mise direnv op conda mamba npm pnpm yarn rbenv pyenv",
     ais_shell_environment                                                                                                           },
    { "bwrap",                                                                                                 ais_shell_sandbox     },
    { "tmux",                                                                                                  ais_shell_session     },
    { "vim vi ex view nvim rvim ed red less more ftp sftp gdb telnet dc",                                      ais_shell_editor      },
    { "awk gawk mawk nawk original-awk",                                                                       ais_shell_awk         },
    { "sed gsed",                                                                                              ais_shell_sed         },
    { "make gmake",                                                                                            ais_shell_make_program},
    { "crontab",                                                                                               ais_shell_crontab     },
    { "ip",                                                                                                    unwrap_ip             },
    { "python python2 python3 perl ruby node nodejs php lua deno bun Rscript tclsh osascript pwsh powershell",
     ais_shell_interpreter                                                                                                           },
    { DATABASES,                                                                                               ais_shell_database    },
};
const struct ais_word_table ais_shell_special_table = { ais_shell_specials, sizeof *ais_shell_specials,
                                                        N_ELEMS(ais_shell_specials) };

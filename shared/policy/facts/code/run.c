/* The table of calls that run commands or code. */
#include "shared/policy/facts/code/code.h"
#include "shared/text/ascii.h"

#include <assert.h>
#include <string.h>

enum what {
    COMMAND, /* the first argument that is a text (for a shell) or a list (words) */
    WORDS,   /* all arguments are the words of a command; one alone is for a shell */
    OPTIONS, /* the same, whose words may be the first list among options: {args: ['-rf', '/']} */
    PROGRAM, /* a path, then the words with a name in the place of the path */
    PIPE,    /* open: a command when | stands at its beginning or its end */
    CODE,    /* the first text is code */
    LAST     /* the last one is */
};

enum {
    PY = 1 << AIS_CODE_PYTHON,
    JS = 1 << AIS_CODE_JAVASCRIPT,
    PL = 1 << AIS_CODE_PERL,
    RB = 1 << AIS_CODE_RUBY,
    PHP = 1 << AIS_CODE_PHP,
    ALL = PY | JS | PL | RB | PHP
};

static const struct runner {
    const char *names;
    enum what what;
    unsigned skips;    /* arguments before the command */
    unsigned dialects; /* in which the name means this */
    bool last;         /* only the part behind the last dot counts */
} runners[] = {
    {"os.system os.popen os.popen2 os.popen3 os.popen4 posix.system posix.popen nt.system commands.getoutput "
      "commands.getstatusoutput subprocess.run subprocess.call subprocess.check_call subprocess.check_output "
      "subprocess.Popen subprocess.getoutput subprocess.getstatusoutput pty.spawn asyncio.create_subprocess_shell "
      "asyncio.subprocess.create_subprocess_shell platform.popen popen2.popen2 popen2.popen3 pexpect.spawn pexpect.run "
      "sh.bash os.startfile get_ipython.system get_ipython.getoutput ctypes.CDLL.system ctypes.PyDLL.system "
      "ctypes.cdll.LoadLibrary.system cdll.LoadLibrary.system CDLL.system ffi.cdef.system",                            COMMAND, 0, ALL,      false},
    { "os.execv os.execve os.execvp os.execvpe os.execl os.execle os.execlp os.execlpe os.posix_spawn "
      "os.posix_spawnp posix.execv posix.execve pcntl_exec",                                                           PROGRAM, 0, ALL,      false},
    { "os.spawnl os.spawnle os.spawnlp os.spawnlpe os.spawnv os.spawnve os.spawnvp os.spawnvpe",                            PROGRAM, 1, ALL,
     false                                                                                                                                             },
    { "asyncio.create_subprocess_exec asyncio.subprocess.create_subprocess_exec",                                           WORDS,   0, ALL,      false},
    { "child_process.exec child_process.execSync shelljs.exec shell.exec execa.command execa.commandSync "
      "execaCommand execaCommandSync Runtime.getRuntime.exec Bun.$ constructor._load.exec constructor._load.execSync", COMMAND, 0, ALL,      false},
    { "child_process.spawn child_process.spawnSync child_process.execFile child_process.execFileSync "
      "child_process.fork cross-spawn execa Bun.spawn Bun.spawnSync",                                                  WORDS,   0, ALL,      false},
    { "Deno.run Deno.Command",                                                                                              OPTIONS, 0, ALL,      false},
    { "execSync",                                                                                                           COMMAND, 0, ALL,      true },
    { "spawnSync execFileSync execFile",                                                                                    WORDS,   0, ALL,      true },
    { "exec_command",                                                                                                       COMMAND, 0, PY,       true },
    { "system spawn IO.popen Process.spawn Process.exec PTY.spawn PTY.getpty Open3.capture2 Open3.capture2e "
      "Open3.capture3 Open3.popen2 Open3.popen2e Open3.popen3 Open3.pipeline",                                         WORDS,   0, PL | RB,  false},
    { "exec",                                                                                                               WORDS,   0, PL | RB,  false},
    { "open2 IPC.Open2.open2",                                                                                              WORDS,   2, PL,       false},
    { "open3 IPC.Open3.open3",                                                                                              WORDS,   3, PL,       false},
    { "readpipe qx",                                                                                                        COMMAND, 0, ALL,      false},
    { "system exec shell_exec passthru popen proc_open expect_popen",                                                       COMMAND, 0, PHP,      false},
    { "shell_exec passthru proc_open",                                                                                      COMMAND, 0, ALL,      false},
    { "open IO.read IO.readlines IO.foreach IO.binread URI.open",                                                           PIPE,    0, PL | RB,  false},
    { "eval",                                                                                                               CODE,    0, ALL,      false},
    { "exec execfile timeit.timeit cProfile.run",                                                                           CODE,    0, PY,       false},
    { "setTimeout setInterval setImmediate execScript vm.runInThisContext vm.runInNewContext vm.runInContext "
      "vm.Script vm.compileFunction",                                                                                  CODE,    0, JS,       false},
    { "instance_eval class_eval module_eval instance_exec",                                                                 CODE,    0, RB,       true },
    { "assert",                                                                                                             CODE,    0, PHP,      false},
    { "Function create_function",                                                                                           LAST,    0, JS | PHP, false},
    { "constructor",                                                                                                        LAST,    0, JS,       true },
};

/* ---- the table ---- */

static const char *last_part(const char *name, size_t n, size_t *ret)
{
    const char *dot = n > 0 ? memrchr(name, '.', n) : NULL;
    *ret = dot != NULL ? n - (size_t)(dot + 1 - name) : n;
    return dot != NULL ? dot + 1 : name;
}

static_assert(N_ELEMS(runners) <= 64, "a row is a bit of what is remembered of the words");

static const struct runner *find(const char *name, size_t n, unsigned dialects)
{
    static const struct ais_word_table table = { runners, sizeof *runners, N_ELEMS(runners) };
    static _Thread_local struct ais_word_outline outline;
    size_t length;
    const char *last = last_part(name, n, &length);
    uint64_t whole_rows = n > 0 ? ais_word_rows(&table, &outline, name[0], n) : 0;
    uint64_t last_rows = length > 0 ? ais_word_rows(&table, &outline, last[0], length) : 0;
    for (size_t k = 0; k < N_ELEMS(runners); k++)
        if (((runners[k].last ? last_rows : whole_rows) >> k & 1) != 0 && (runners[k].dialects & dialects) != 0 &&
            ais_shell_in(runners[k].names, runners[k].last ? last : name, runners[k].last ? length : n))
            return &runners[k];
    return NULL;
}

bool ais_code_runs(const char *name, size_t n)
{
    static const char modules[] = "os subprocess pty commands posix child_process Kernel Open3 IO Process vm asyncio "
                                  "importlib builtins ?";
    return find(name, n, ALL) != NULL || ais_shell_in(modules, name, n);
}

/* ---- commands ---- */

static bool is_word(const struct ais_code_value *value)
{
    return value->kind == AIS_CODE_TEXT || value->kind == AIS_CODE_INTEGER || value->kind == AIS_CODE_REF ||
           value->kind == AIS_CODE_RESULT || value->kind == AIS_CODE_UNKNOWN;
}

/* Arguments that are words, those of lists in their place. What is no text behind the first is most likely an option.
 */
static void add_words(struct ais_code *code, const struct ais_code_value *args, size_t from, struct ais_code_value *ret)
{
    for (size_t i = from; i < args->count; i++) {
        const struct ais_code_value *arg = &args->items[i];
        if (arg->kind == AIS_CODE_LIST)
            for (size_t k = 0; k < arg->count; k++)
                ais_code_append(code, ret, &arg->items[k]);
        else if (arg->kind == AIS_CODE_TEXT || (ret->count == 0 && arg->kind != AIS_CODE_MAP))
            ais_code_append(code, ret, arg);
    }
}

static void add_option(struct ais_code *code, const struct ais_code_value *args, struct ais_code_value *ret)
{
    for (size_t i = 0; i < args->count; i++) {
        const struct ais_code_value *arg = &args->items[i];
        for (size_t k = 0; arg->kind == AIS_CODE_MAP && k < arg->count; k++) {
            const struct ais_code_value list = { .kind = AIS_CODE_LIST, .items = &arg->items[k], .count = 1 };
            if (arg->items[k].kind == AIS_CODE_LIST) {
                add_words(code, &list, 0, ret);
                return;
            }
        }
    }
}

static bool is_safe(char c)
{
    return ais_is_alnum(c) || ais_shell_one_of("@%+=:,./-_", c) || (unsigned char)c >= 0x80;
}

/* A word as a shell needs it, and its length; what is not known stands in braces. */
static size_t put_word(const struct ais_code_value *word, char *out)
{
    size_t n = 0;
    bool safe = word->length > 0 || word->kind != AIS_CODE_TEXT;
#define PUT(c)            \
    do {                  \
        if (out != NULL)  \
            out[n] = (c); \
        n++;              \
    } while (0)
    if (word->kind != AIS_CODE_TEXT) {
        PUT('{');
        for (size_t i = 0; i < word->length; i++)
            PUT(word->text[i]);
        PUT('}');
        return n;
    }
    for (size_t i = 0; i < word->length; i++)
        safe = safe && is_safe(word->text[i]);
    if (!safe)
        PUT('\'');
    for (size_t i = 0; i < word->length; i++) {
        PUT(word->text[i]);
        if (word->text[i] == '\'') { /* closed, escaped, opened again */
            PUT('\\');
            PUT('\'');
            PUT('\'');
        }
    }
    if (!safe)
        PUT('\'');
#undef PUT
    return n;
}

static void show_words(struct ais_code *code, const struct ais_code_value *words, bool shell)
{
    size_t n = 0, at = 0;
    if (words->count == 0)
        return;
    const struct ais_code_value *first = &words->items[0];
    if (words->count == 1 && first->kind == AIS_CODE_TEXT && shell) {
        ais_code_show_shell(code, first->text, first->length);
        return;
    }
    for (size_t i = 0; i < words->count; i++)
        n += is_word(&words->items[i]) ? put_word(&words->items[i], NULL) + 1 : 0;
    char *text = ais_code_make(code, n);
    for (size_t i = 0; text != NULL && i < words->count; i++) {
        if (!is_word(&words->items[i]))
            continue;
        if (at > 0)
            text[at++] = ' ';
        at += put_word(&words->items[i], text + at);
    }
    if (text != NULL && at > 0)
        ais_code_show_shell(code, text, at);
}

/* The first argument; when that has a name, the first one that is a text or a list. */
static void show_command(struct ais_code *code, const struct ais_code_value *args)
{
    struct ais_code_value words = { .kind = AIS_CODE_LIST };
    for (size_t i = 0; i < args->count; i++) {
        const struct ais_code_value *arg = &args->items[i];
        bool list = arg->kind == AIS_CODE_LIST || arg->kind == AIS_CODE_MAP;
        if (!list && arg->kind != AIS_CODE_TEXT && arg->is_named)
            continue;
        if (list)
            add_words(code, arg, 0, &words);
        else
            ais_code_append(code, &words, arg);
        show_words(code, &words, true);
        return;
    }
    if (args->count > 0)
        ais_code_append(code, &words, &args->items[0]);
    show_words(code, &words, true);
}

static void show_program(struct ais_code *code, const struct ais_code_value *args, size_t from)
{
    struct ais_code_value all = { .kind = AIS_CODE_LIST }, words = { .kind = AIS_CODE_LIST };
    add_words(code, args, from, &all);
    for (size_t i = 0; i < all.count; i++)
        if (i != 1 || all.count == 2)
            ais_code_append(code, &words, &all.items[i]);
    show_words(code, &words, false);
}

/* open(F, "cmd |"), open(F, "-|", "cmd", …), open("| cmd") */
static bool show_pipe(struct ais_code *code, const struct ais_code_value *args)
{
    for (size_t i = 0; i < args->count; i++) {
        const struct ais_code_value *arg = &args->items[i];
        size_t begin = 0, end = arg->length;
        if (arg->kind != AIS_CODE_TEXT)
            continue;
        while (begin < end && ais_is_blank(arg->text[begin]))
            begin++;
        while (end > begin && ais_is_blank(arg->text[end - 1]))
            end--;
        bool to = begin < end && arg->text[begin] == '|', from = begin < end && arg->text[end - 1] == '|';
        if (!to && !from)
            continue;
        if (end - begin <= 2 && (end - begin == 1 || arg->text[begin] == '-' || arg->text[end - 1] == '-')) {
            struct ais_code_value words = { .kind = AIS_CODE_LIST };
            add_words(code, args, i + 1, &words);
            show_words(code, &words, true);
        } else {
            ais_code_show_shell(code, arg->text + begin + to, end - begin - to - from);
        }
        return true;
    }
    return false;
}

/* ---- code ---- */

/* The argument that is run; NULL: there is none. */
static const struct ais_code_value *code_of(const struct ais_code_value *args, enum what what)
{
    const struct ais_code_value *found = NULL;
    for (size_t i = 0; i < args->count; i++)
        if (args->items[i].kind == AIS_CODE_TEXT && (found == NULL || what == LAST))
            found = &args->items[i];
    return found;
}

/* outer(inner): which calls made what is run. */
static void show_makers(struct ais_code *code, const char *name, size_t n, const struct ais_code_maker *makers)
{
    for (; makers != NULL && !code->stopped; makers = makers->next) {
        char *text = ais_code_make(code, n + makers->length + 2);
        if (text == NULL)
            return;
        memcpy(text, name, n);
        text[n] = '(';
        memcpy(text + n + 1, makers->name, makers->length);
        text[n + 1 + makers->length] = ')';
        ais_code_show(code, AIS_CODE_CALLS, text, n + makers->length + 2);
    }
}

static bool looks_like_code(const struct ais_code_value *args)
{
    const struct ais_code_value *first = args->count > 0 ? &args->items[0] : NULL;
    return first == NULL || first->kind != AIS_CODE_TEXT || memchr(first->text, '(', first->length) != NULL ||
           memchr(first->text, '=', first->length) != NULL;
}

static const struct runner *runner_of(const struct ais_code_reader *r, const char *name, size_t n,
                                      const struct ais_code_value *args)
{
    if ((r->dialect->traits & AIS_CODE_ANY) == 0)
        return find(name, n, r->dialect->bit);
    bool exec = n == strlen("exec") && memcmp(name, "exec", n) == 0;
    return find(name, n, !exec ? ALL : looks_like_code(args) ? PY : PL);
}

bool ais_code_run(struct ais_code_reader *r, const char *name, size_t n, const struct ais_code_value *args,
                  struct ais_code_value *ret)
{
    struct ais_code *code = r->code;
    struct ais_code_value words = { .kind = AIS_CODE_LIST };
    const struct runner *runner = runner_of(r, name, n, args);
    *ret = ais_code_unknown("", 0);
    if (runner == NULL)
        return false;
    const struct ais_code_value *text = NULL;
    if (runner->what != PIPE)
        show_makers(code, name, n, args->makers);
    switch (runner->what) {
    case COMMAND: show_command(code, args); break;
    case WORDS:
    case OPTIONS:
        add_words(code, args, runner->skips, &words);
        if (runner->what == OPTIONS)
            add_option(code, args, &words);
        show_words(code, &words, true);
        break;
    case PROGRAM: show_program(code, args, runner->skips); break;
    case PIPE: return show_pipe(code, args);
    default: text = code_of(args, runner->what); break;
    }
    if (text != NULL)
        *ret = ais_code_execute(code, r->dialect, text->text, text->length);
    return true;
}

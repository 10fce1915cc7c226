/* Files that the text writes, for what runs them later: `curl h > x; sh x`. */
#include "shared/policy/facts/shell/shell.h"

#include <string.h>

/* Files stand among the variables, under names that no variable can have: "> " and the path. */
static const char mark[] = "> ";

/* A path that is not rooted stands in the folder that the text has gone into. */
static void put_name(struct ais_shell *shell, const char *folder, const char *path, size_t n,
                     struct ais_shell_bytes *ret)
{
    bool here = n > 2 && path[0] == '.' && path[1] == '/';
    ais_shell_push(shell, ret, mark, sizeof mark - 1);
    if (folder != NULL && n > 0 && !ais_shell_one_of("/~$", path[0])) {
        ais_shell_push(shell, ret, folder, strlen(folder));
        ais_shell_push(shell, ret, "/", 1);
    }
    ais_shell_push(shell, ret, path + (here ? 2 : 0), n - (here ? 2 : 0));
}

static bool is_device(const char *path, size_t n)
{
    return n == 0 || (n == 1 && path[0] == '-') || (n > 5 && memcmp(path, "/dev/", 5) == 0);
}

/* A file that may be a device. */
static void put_file(struct ais_shell *shell, const char *path, size_t n, const struct ais_shell_output *output,
                     bool appends)
{
    struct ais_shell_bytes name = { 0 };
    if (shell->variable_count >= AIS_SHELL_VARIABLES / 4)
        return; /* more files than anybody writes to run them are not followed */
    put_name(shell, shell->folder, path, n, &name);
    struct ais_shell_output *content = ais_shell_alloc(shell, sizeof *content);
    if (content == NULL || name.data == NULL)
        return;
    struct ais_shell_word word = ais_shell_word_of(output->text, output->length);
    ais_shell_assign(shell, name.data, name.length, &word, appends);
    const struct ais_shell_variable *slot = ais_shell_find(shell, name.data, name.length);
    if (slot == NULL || slot->values.count == 0)
        return;
    *content = *output;
    content->text = slot->values.items[0].text;
    content->length = slot->values.items[0].length;
    slot->values.items[0].from = content;
}

static void write_file(struct ais_shell *shell, const char *path, size_t n, const struct ais_shell_output *output,
                       bool appends)
{
    if (!is_device(path, n))
        put_file(shell, path, n, output, appends);
}

void ais_shell_open(struct ais_shell *shell, const char *number, size_t n, const struct ais_shell_output *content)
{
    struct ais_shell_bytes path = { 0 };
    ais_shell_push(shell, &path, "/dev/fd/", sizeof "/dev/fd/" - 1);
    ais_shell_push(shell, &path, number, n);
    if (path.data != NULL)
        put_file(shell, path.data, path.length, content, false);
}

/* Programs that write files beside their output, and how their names are given. */
static const struct writer {
    const char *names;
    char letter;         /* of the option whose value is the name */
    const char *options; /* the same in long */
    const char *remote;  /* options that take it from the URL; NULL: so does any without a name */
    bool operands;       /* each operand is one */
    bool copies;         /* what stands in a file, into the last operand */
} writers[] = {
    {"curl",                                'o',  "--output",          "-O --remote-name --remote-name-all", false, false},
    { "wget wget2",                         'O',  "--output-document", NULL,                                 false, false},
    { "fetch aria2c http https xh lwp-get", 'o',  "--output --out",    "-O",                                 false, false},
    { "tee",                                '\0', "",                  "-",                                  true,  false},
    { "cp mv ln install",                   '\0', "",                  "-",                                  false, true },
};
const struct ais_word_table ais_shell_writer_table = { writers, sizeof *writers, N_ELEMS(writers) };

/* The value of option k: behind an equals sign, in the same word, or the next one; false: it has another name. */
static bool name_given(const struct writer *row, const struct ais_shell_words *words, size_t k,
                       struct ais_shell_word *ret)
{
    const struct ais_shell_word *word = &words->items[k];
    const char *equals = memchr(word->text, '=', word->length);
    bool is_long = word->text[1] == '-';
    const char *letter = row->letter != '\0' ? memchr(word->text + 1, row->letter, word->length - 1) : NULL;
    size_t at = 0;
    if (is_long && equals != NULL && ais_shell_in(row->options, word->text, (size_t)(equals - word->text)))
        at = (size_t)(equals + 1 - word->text);
    else if (is_long)
        at = ais_shell_in(row->options, word->text, word->length) ? word->length : 0;
    else if (letter != NULL)
        at = (size_t)(letter + 1 - word->text);
    if (at == 0 || (at == word->length && k + 1 >= words->count))
        return false;
    *ret = at < word->length ? ais_shell_word_of(word->text + at, word->length - at) : words->items[k + 1];
    return true;
}

/* Whether an option says that the URL names the file: alone, or as a letter among others. */
static bool takes_remote_name(const struct writer *row, const struct ais_shell_word *word)
{
    return row->remote != NULL && (ais_shell_in(row->remote, word->text, word->length) ||
                                   (word->text[1] != '-' && row->remote[1] != '\0' &&
                                    memchr(word->text, row->remote[1], word->length) != NULL));
}

/* The last part of a URL's path, with its query and without. */
static void write_remote(struct ais_shell *shell, const struct ais_shell_word *url,
                         const struct ais_shell_output *output)
{
    const char *query = memchr(url->text, '?', url->length);
    size_t end = query != NULL ? (size_t)(query - url->text) : url->length, begin = end;
    while (begin > 0 && url->text[begin - 1] != '/')
        begin--;
    if (begin == 0)
        return;
    write_file(shell, url->text + begin, end - begin, output, false);
    if (query != NULL)
        write_file(shell, url->text + begin, url->length - begin, output, false);
}

/* Where wget puts what it fetches: -P FOLDER. */
static const struct ais_shell_word *folder_given(const struct writer *row, const struct ais_shell_words *words,
                                                 struct ais_shell_word *room)
{
    static const struct writer prefix = { "", 'P', "--directory-prefix", NULL, false, false };
    for (size_t k = 1; row->remote == NULL && k < words->count; k++)
        if (words->items[k].length > 1 && words->items[k].text[0] == '-' && name_given(&prefix, words, k, room))
            return room;
    return NULL;
}

static void write_named(struct ais_shell *shell, const struct writer *row, const struct ais_shell_words *words,
                        const struct ais_shell_output *output)
{
    bool named = false, remote = row->remote == NULL;
    struct ais_shell_word name;
    for (size_t k = 1; k < words->count; k++) {
        const struct ais_shell_word *word = &words->items[k];
        bool option = word->length > 1 && word->text[0] == '-';
        if (option && name_given(row, words, k, &name))
            named = true;
        else if (!option && row->operands)
            name = *word;
        else
            name.length = 0;
        if (name.length > 0)
            write_file(shell, name.text, name.length, output, false);
        remote = remote || (option && takes_remote_name(row, word));
    }
    const struct ais_shell_word *prefix = folder_given(row, words, &name);
    const char *folder = shell->folder;
    if (prefix != NULL && prefix->length > 0) {
        struct ais_shell_bytes path = { 0 };
        ais_shell_push(shell, &path, prefix->text, prefix->length);
        ais_shell_push(shell, &path, "", 1);
        shell->folder = path.data;
    }
    for (size_t k = 1; remote && !named && k < words->count; k++)
        if (words->items[k].length > 0 && words->items[k].text[0] != '-')
            write_remote(shell, &words->items[k], output);
    shell->folder = folder;
}

/* A file that the text has not written, and that is a program by its place: /bin/rm, $(which rm). */
static bool is_program(const struct ais_shell_word *word)
{
    const char *slash = memrchr(word->text, '/', word->length);
    size_t folder = slash != NULL ? (size_t)(slash - word->text) : 0;
    bool placed = folder >= 3 && memcmp(slash - 3, "bin", 3) == 0 && word->text[0] == '/';
    return placed || (word->literal && word->from != NULL && slash == NULL && word->length > 0);
}

/* A program that is called by another name from now on: `cp /bin/rm x; ./x -rf /`. */
static void rename_program(struct ais_shell *shell, const struct ais_shell_word *program,
                           const struct ais_shell_word *to)
{
    struct ais_shell_bytes name = { 0 };
    if (shell->variable_count >= AIS_SHELL_VARIABLES / 4 || to->length == 0 || to->text[to->length - 1] == '/')
        return;
    if (memchr(to->text, '/', to->length) == NULL)
        ais_shell_push(shell, &name, "./", 2);
    ais_shell_push(shell, &name, to->text, to->length);
    struct ais_shell_variable *slot = name.data != NULL ? ais_shell_slot(shell, name.data, name.length) : NULL;
    if (slot == NULL || slot->body != NULL)
        return;
    slot->body = program->text;
    slot->body_length = program->length;
    slot->is_alias = true;
}

/* The last operand, with what the one before it holds. */
static void write_copy(struct ais_shell *shell, const struct ais_shell_words *words)
{
    const struct ais_shell_word *to = &words->items[words->count - 1];
    const struct ais_shell_output *file = words->count > 2 ? ais_shell_file(shell, to - 1) : NULL;
    if (file != NULL)
        write_file(shell, to->text, to->length, file, false);
    else if (words->count > 2 && is_program(to - 1))
        rename_program(shell, to - 1, to);
}

/* What a command writes beside its output. */
static void write_beside(struct ais_shell *shell, const struct ais_shell_name *name,
                         const struct ais_shell_words *words, const struct ais_shell_output *output)
{
    if (name->rows[AIS_SHELL_WRITERS] == 0)
        return;
    const struct writer *row = &writers[name->rows[AIS_SHELL_WRITERS] - 1];
    if (row->copies)
        write_copy(shell, words);
    else
        write_named(shell, row, words, output);
}

void ais_shell_write(struct ais_shell *shell, const struct ais_shell_name *name, const struct ais_shell_words *words,
                     const struct ais_shell_words *redirects, const struct ais_shell_output *output)
{
    for (size_t i = 0; redirects != NULL && i < redirects->count; i++) {
        const struct ais_shell_word *redirect = &redirects->items[i];
        const char *blank = memchr(redirect->text, ' ', redirect->length);
        if (blank == NULL || memchr(redirect->text, '<', (size_t)(blank - redirect->text)) != NULL)
            continue;
        bool appends = redirect->length > 1 && redirect->text[0] == '>' && redirect->text[1] == '>';
        write_file(shell, blank + 1, redirect->length - (size_t)(blank + 1 - redirect->text), output, appends);
    }
    write_beside(shell, name, words, output);
}

static const struct ais_shell_variable *find_file(struct ais_shell *shell, const char *folder,
                                                  const struct ais_shell_word *word)
{
    struct ais_shell_bytes name = { 0 };
    put_name(shell, folder, word->text, word->length, &name);
    const struct ais_shell_variable *slot = name.data != NULL ? ais_shell_find(shell, name.data, name.length) : NULL;
    return slot != NULL && slot->values.count > 0 && slot->values.items[0].from != NULL ? slot : NULL;
}

const struct ais_shell_output *ais_shell_file(struct ais_shell *shell, const struct ais_shell_word *word)
{
    if (shell->variable_count == 0 || word->length == 0)
        return NULL;
    const struct ais_shell_variable *slot = find_file(shell, shell->folder, word);
    if (slot == NULL && shell->folder != NULL) /* it was written before the text has gone anywhere */
        slot = find_file(shell, NULL, word);
    if (slot == NULL)
        return NULL;
    struct ais_shell_output *content = ais_shell_alloc(shell, sizeof *content);
    if (content == NULL)
        return NULL;
    *content = *slot->values.items[0].from;
    content->is_file = true;
    /* It was the end of a pipeline, whose other commands print it as well. */
    while (content->by.first > 0 && content->by.first < content->by.end &&
           shell->commands[content->by.first].pipeline != NULL &&
           shell->commands[content->by.first - 1].pipeline == shell->commands[content->by.first].pipeline &&
           shell->commands[content->by.first - 1].level == content->by.level)
        content->by.first--;
    return content;
}

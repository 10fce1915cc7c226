/* Statements in the arguments of command-line clients: psql -c '…', mysql -e "…", sqlite3 file '…', and what is piped
 * to them. Commands are read twice: by a plain scan of the text, for which quotes are known and expansions are not and
 * any word may be a client, whoever runs it; and as the part SHELL understands them. */
#include "shared/policy/facts/shell/shell.h"
#include "shared/policy/facts/sql/reader.h"

#include <string.h>

/* The client's name, its options that are followed by a statement, and whether a plain argument is one as well. */
static const struct client {
    const char *name;
    const char *options; /* parted by spaces */
    unsigned plain;      /* the n-th argument that is no option, and those after it; 0: none */
    enum ais_sql_dialect dialect;
} clients[] = {
    {"psql",               "-c --command",   0, AIS_SQL_STANDARD},
    { "pgcli",             "-c --command",   0, AIS_SQL_STANDARD},
    { "pg:psql",           "-c --command",   0, AIS_SQL_STANDARD},
    { "usql",              "-c --command",   0, AIS_SQL_STANDARD},
    { "vsql",              "-c --command",   0, AIS_SQL_STANDARD},
    { "cockroach",         "-e --execute",   0, AIS_SQL_STANDARD},
    { "mysql",             "-e --execute",   0, AIS_SQL_MYSQL   },
    { "mariadb",           "-e --execute",   0, AIS_SQL_MYSQL   },
    { "mycli",             "-e --execute",   0, AIS_SQL_MYSQL   },
    { "mysqlsh",           "-e --execute",   0, AIS_SQL_MYSQL   },
    { "sqlite3",           "-cmd",           2, AIS_SQL_STANDARD},
    { "sqlite",            "-cmd",           2, AIS_SQL_STANDARD},
    { "litecli",           "-e --execute",   2, AIS_SQL_STANDARD},
    { "duckdb",            "-c -cmd -s",     2, AIS_SQL_STANDARD},
    { "sqlcmd",            "-Q -q",          0, AIS_SQL_STANDARD},
    { "osql",              "-Q -q",          0, AIS_SQL_STANDARD},
    { "sqlplus",           "",               0, AIS_SQL_STANDARD},
    { "clickhouse-client", "-q --query",     0, AIS_SQL_EITHER  },
    { "clickhouse",        "-q --query",     0, AIS_SQL_EITHER  },
    { "snowsql",           "-q --query",     0, AIS_SQL_STANDARD},
    { "bq",                "",               2, AIS_SQL_STANDARD},
    { "cqlsh",             "-e --execute",   0, AIS_SQL_STANDARD},
    { "d1",                "--command",      0, AIS_SQL_STANDARD},
    { "hive",              "-e",             0, AIS_SQL_EITHER  },
    { "beeline",           "-e",             0, AIS_SQL_EITHER  },
    { "spark-sql",         "-e",             0, AIS_SQL_EITHER  },
    { "trino",             "--execute",      0, AIS_SQL_STANDARD},
    { "presto",            "--execute",      0, AIS_SQL_STANDARD},
    { "impala-shell",      "-q --query",     0, AIS_SQL_EITHER  },
    { "rds-data",          "--sql",          0, AIS_SQL_EITHER  },
    { "redshift-data",     "--sql",          0, AIS_SQL_STANDARD},
    { "athena",            "--query-string", 0, AIS_SQL_EITHER  },
    { "execute-sql",       "--sql",          0, AIS_SQL_STANDARD},
};

/* Steps of work (facts/view.h). */
enum { STEPS_A_TEXT = 64, STEPS_A_BYTE = 8 };

struct scan {
    struct ais_sql_reader *reader;
    const char *text;
    size_t n, at;
    char *room;       /* for n bytes, used up from the front */
    const char *word; /* the one at hand */
    size_t length;
    const struct client *client;
    bool named;     /* it is the command itself: what it is given, the shell gives it */
    bool statement; /* the next word is one */
    unsigned plain;
    size_t echo_at, echo; /* what echo says: read if a client gets it */
};

/* ---- what is read ---- */

/* Without the line end that echo, or a document, has and an argument has not. */
static size_t without_end(const char *text, size_t n)
{
    while (n > 0 && (text[n - 1] == '\n' || text[n - 1] == ' '))
        n--;
    return n;
}

static void read_text(struct ais_sql_reader *reader, const char *text, size_t n, enum ais_sql_dialect dialect)
{
    if (!ais_seen_before(&reader->given, reader->view, reader->part, text, without_end(text, n), dialect))
        ais_sql_read(reader, text, n, dialect);
}

/* Whether a command was to print the text: $(cat a.sql), `x`. A variable that nothing here sets is its environment's.
 */
static bool is_unread(const char *text, size_t n)
{
    return n > 1 && (text[0] == '`' || (text[0] == '$' && text[1] == '('));
}

static void add_unread(struct ais_sql_reader *reader)
{
    static const char why[] = "a statement that only another command knows";
    uint32_t before = reader->part->elements;
    ais_sql_add_unknown(reader, why);
    if (reader->part->elements > before)
        ais_part_add_unknown(reader->view, reader->part, AIS_SQL_COUNTS, why);
}

/* What stands from a place of the word on, as a statement. */
static void read_rest(const struct scan *scan, size_t from)
{
    const char *text = scan->word + from;
    size_t n = scan->length - from;
    if (scan->named && is_unread(text, n))
        add_unread(scan->reader);
    else
        read_text(scan->reader, text, n, scan->client->dialect);
}

/* ---- words ---- */

static bool is_end(char c)
{
    return c == '|' || c == ';' || c == '\n' || c == '&' || c == '(' || c == ')';
}

/* The next word without its quotes; false at the end of the text or of a command. */
static bool next_word(struct scan *scan)
{
    const char *text = scan->text;
    char quote = '\0';
    char *word = scan->room;
    size_t length = 0;
    while (scan->at < scan->n && (text[scan->at] == ' ' || text[scan->at] == '\t'))
        scan->at++;
    size_t begin = scan->at;
    for (; scan->at < scan->n; scan->at++) {
        char c = text[scan->at];
        if (quote == '\0' && (c == ' ' || c == '\t' || is_end(c)))
            break;
        if (c == '\\' && quote != '\'' && scan->at + 1 < scan->n) {
            char next = text[scan->at + 1];
            bool drops = quote == '\0' || next == '"' || next == '\\' || next == '$' || next == '`';
            if (drops)
                c = text[++scan->at];
            word[length++] = c;
        } else if (quote == '\0' && (c == '\'' || c == '"'))
            quote = c;
        else if (c == quote)
            quote = '\0';
        else
            word[length++] = c;
    }
    scan->room += length; /* what was read of it may still be looked at */
    scan->word = word;
    scan->length = length;
    return scan->at > begin;
}

static bool is_word(const struct scan *scan, const char *word)
{
    size_t n = strlen(word);
    if (scan->length < n || memcmp(scan->word + scan->length - n, word, n) != 0)
        return false;
    return scan->length == n || scan->word[scan->length - n - 1] == '/';
}

/* By the word after its path. */
static const struct client *client_of(const struct scan *scan)
{
    static const struct ais_word_table table = { clients, sizeof *clients, N_ELEMS(clients) };
    static _Thread_local struct ais_word_outline outline;
    const char *slash = scan->length > 0 ? memrchr(scan->word, '/', scan->length) : NULL;
    const char *name = slash != NULL ? slash + 1 : scan->word;
    size_t n = scan->length - (size_t)(name - scan->word);
    for (uint64_t rows = n > 0 ? ais_word_rows(&table, &outline, name[0], n) : 0; rows != 0; rows &= rows - 1) {
        const struct client *client = &clients[__builtin_ctzll(rows)];
        if (strlen(client->name) == n && memcmp(client->name, name, n) == 0)
            return client;
    }
    return NULL;
}

/* Options in one word, of which the last takes the statement: -Atc. */
static bool is_joined(const struct scan *scan, char option)
{
    bool letters =
        scan->length > 2 && scan->length <= 8 && scan->word[0] == '-' && scan->word[scan->length - 1] == option;
    for (size_t i = 1; letters && i < scan->length; i++)
        letters = (scan->word[i] >= 'a' && scan->word[i] <= 'z') || (scan->word[i] >= 'A' && scan->word[i] <= 'Z');
    return letters;
}

/* How much of the word is one of the client's options: all of it, or what stands before its value. 0: none. */
static size_t option_of(const struct scan *scan)
{
    for (const char *option = scan->client->options; *option != '\0';) {
        size_t n = strcspn(option, " ");
        bool begins = scan->length >= n && memcmp(scan->word, option, n) == 0;
        bool value = begins && scan->length > n && (n == 2 || scan->word[n] == '=');
        if (begins && (scan->length == n || value))
            return scan->length == n || n == 2 ? n : n + 1;
        if (n == 2 && is_joined(scan, option[1]))
            return scan->length;
        option += n + (option[n] == ' ');
    }
    return 0;
}

static void read_argument(struct scan *scan)
{
    size_t option = scan->statement ? 0 : option_of(scan);
    if (scan->length >= 3 && memcmp(scan->word, "<<<", 3) == 0) { /* a here string */
        scan->statement = scan->length == 3;
        if (!scan->statement)
            read_rest(scan, 3);
        return;
    }
    if (scan->statement) {
        scan->statement = false;
        read_rest(scan, 0);
    } else if (option > 0) {
        scan->statement = option == scan->length;
        if (!scan->statement)
            read_rest(scan, option);
    } else if (scan->length > 0 && scan->word[0] != '-' && ++scan->plain >= scan->client->plain &&
               scan->client->plain > 0)
        read_rest(scan, 0);
}

/* sh -c "psql -c '…'": a command within an argument. */
static void read_within(struct scan *scan)
{
    enum { SHELLS_MOST = 3 };
    if (scan->reader->shells >= SHELLS_MOST)
        return;
    scan->reader->shells++;
    ais_sql_clients(scan->reader, scan->word, scan->length);
    scan->reader->shells--;
}

/* One command, from its first word to what ends it. */
static void read_command(struct scan *scan)
{
    bool echo = false, first = true, any = false, command = false;
    scan->client = NULL;
    scan->statement = false;
    scan->plain = 0;
    while (next_word(scan)) {
        any = true;
        if (scan->client != NULL)
            read_argument(scan);
        else if ((scan->client = client_of(scan)) != NULL && scan->echo > 0)
            read_text(scan->reader, scan->text + scan->echo_at, scan->echo, scan->client->dialect);
        else if (command)
            read_within(scan);
        command = scan->length == 2 && memcmp(scan->word, "-c", 2) == 0;
        if (echo && scan->length > 0 && memchr(scan->word, ' ', scan->length) != NULL) {
            scan->echo = scan->length < scan->at ? scan->length : 0;
            scan->echo_at = scan->at - 1 - scan->length; /* between its quotes */
        }
        echo |= first && (is_word(scan, "echo") || is_word(scan, "printf"));
        first = false;
    }
    bool piped = scan->at < scan->n && scan->text[scan->at] == '|';
    if (any && (!piped || scan->client != NULL))
        scan->echo = 0;
    scan->at += scan->at < scan->n;
}

/* psql <<EOF … EOF: what stands between. */
static void read_here(struct ais_sql_reader *reader, const char *text, size_t n)
{
    const char *sign = memmem(text, n, "<<", 2), *end = text + n;
    struct ais_shell_document document;
    if (sign == NULL || sign + 2 >= end || sign[2] == '<' || memchr(sign, '\n', (size_t)(end - sign)) == NULL)
        return;
    ais_shell_document(text, n, (size_t)(sign - text) + 2, 0, &document);
    for (size_t i = 0; i < N_ELEMS(clients); i++)
        if (memmem(text, (size_t)(sign - text), clients[i].name, strlen(clients[i].name)) != NULL) {
            read_text(reader, document.body, document.length, clients[i].dialect);
            return;
        }
}

/* What all names of clients have in common, looked for by its rarest letter: few passes, where names would be many. */
static const struct piece {
    char text[10];
    size_t length, rare; /* the letter's place */
} pieces[] = {
    {"ql",         2, 0},
    { "db",        2, 1},
    { "cli",       3, 0},
    { "bq",        2, 1},
    { "d1",        2, 1},
    { "cockroach", 9, 3},
    { "hive",      4, 2},
    { "beeline",   7, 0},
    { "trino",     5, 4},
    { "presto",    6, 0},
    { "impala",    6, 2},
    { "s-data",    6, 1},
    { "t-data",    6, 1},
    { "athena",    6, 2},
};

static bool holds(const char *text, size_t n, const struct piece *piece)
{
    const char *end = text + n, *at = text + piece->rare;
    while (end - at > 0 && (at = memchr(at, piece->text[piece->rare], (size_t)(end - at))) != NULL) {
        const char *begin = at - piece->rare;
        if ((size_t)(end - begin) >= piece->length && memcmp(begin, piece->text, piece->length) == 0)
            return true;
        at++;
    }
    return false;
}

static bool may_hold_client(const char *text, size_t n)
{
    bool any = false;
    for (size_t i = 0; i < N_ELEMS(pieces) && !any; i++)
        any = n >= pieces[i].length && holds(text, n, &pieces[i]);
    return any;
}

void ais_sql_clients(struct ais_sql_reader *reader, const char *command, size_t n)
{
    if (!ais_part_spend(reader->view, reader->part, STEPS_A_TEXT + STEPS_A_BYTE * n) || !may_hold_client(command, n))
        return;
    struct scan scan = { .reader = reader, .text = command, .n = n, .room = ais_view_alloc(reader->view, n + 1) };
    while (scan.room != NULL && scan.at < n && !reader->view->failed)
        read_command(&scan);
    read_here(reader, command, n);
}

/* ---- commands of the part SHELL ---- */

/* One command: its words, where the client is the command or, behind who runs it, one of them. Returns the client. */
static const struct client *read_words(struct ais_sql_reader *reader, const struct ais_value *name,
                                       const struct ais_value *words, size_t count)
{
    struct scan scan = { .reader = reader, .word = name->text, .length = name->length };
    scan.client = client_of(&scan);
    scan.named = scan.client != NULL;
    for (size_t i = 0; i < count && !reader->view->failed; i++) {
        scan.word = words[i].text;
        scan.length = words[i].length;
        if (!ais_part_spend(reader->view, reader->part, STEPS_A_TEXT + STEPS_A_BYTE * scan.length))
            return NULL;
        if (scan.client != NULL)
            read_argument(&scan);
        else
            scan.client = client_of(&scan);
    }
    return scan.client;
}

void ais_sql_commands(struct ais_sql_reader *reader)
{
    const struct ais_part *shell = ais_view_part(reader->view, AIS_PART_SHELL);
    const struct ais_part_list *names = &shell->lists[AIS_SHELL_NAME];
    reader->given.looks = true;
    for (size_t i = 0; i < names->count && !reader->view->failed; i++) {
        const struct ais_value *name = &names->items[i];
        size_t count = 0, fed_count = 0;
        if (!ais_part_spend(reader->view, reader->part, STEPS_A_TEXT))
            return;
        const struct ais_value *words = ais_part_values(shell, AIS_SHELL_ARGS, name->element, &count);
        const struct client *client = read_words(reader, name, words, count);
        const struct ais_value *fed = ais_part_values(shell, AIS_SHELL_CODE, name->element, &fed_count);
        for (size_t k = 0; client != NULL && k < fed_count; k++)
            read_text(reader, fed[k].text, fed[k].length, client->dialect);
    }
    if (reader->part->unknown == NULL)
        reader->part->unknown = shell->unknown;
}

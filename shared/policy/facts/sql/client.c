/* Statements in the arguments of command-line clients: psql -c '…', mysql -e "…", sqlite3 file '…', and what is piped
 * to them by echo. A plain scan of the command: quotes are known, expansions are not. */
#include "shared/policy/facts/sql/reader.h"

#include <string.h>

/* The client's name, its options that are followed by a statement, and whether a plain argument is one as well. */
static const struct client {
    const char *name;
    const char *options; /* parted by spaces */
    unsigned plain;      /* the n-th argument that is no option, and those after it; 0: none */
    enum ais_sql_dialect dialect;
} clients[] = {
    {"psql",               "-c --command", 0, AIS_SQL_STANDARD},
    { "cockroach",         "-e --execute", 0, AIS_SQL_STANDARD},
    { "mysql",             "-e --execute", 0, AIS_SQL_MYSQL   },
    { "mariadb",           "-e --execute", 0, AIS_SQL_MYSQL   },
    { "mycli",             "-e --execute", 0, AIS_SQL_MYSQL   },
    { "pgcli",             "-c --command", 0, AIS_SQL_STANDARD},
    { "sqlite3",           "-cmd",         2, AIS_SQL_STANDARD},
    { "sqlite",            "-cmd",         2, AIS_SQL_STANDARD},
    { "duckdb",            "-c -cmd -s",   2, AIS_SQL_STANDARD},
    { "sqlcmd",            "-Q -q",        0, AIS_SQL_STANDARD},
    { "clickhouse-client", "-q --query",   0, AIS_SQL_EITHER  },
    { "snowsql",           "-q --query",   0, AIS_SQL_STANDARD},
    { "bq",                "query",        2, AIS_SQL_STANDARD},
    { "cqlsh",             "-e --execute", 0, AIS_SQL_STANDARD},
    { "d1",                "--command",    0, AIS_SQL_STANDARD},
};

/* Steps of work (facts/view.h). */
enum { STEPS_A_TEXT = 64, STEPS_A_BYTE = 8 };

struct scan {
    struct ais_sql_reader *reader;
    const char *text;
    size_t n, at;
    char *word; /* room for n bytes, used up from the front */
    size_t length;
    const struct client *client;
    bool statement; /* the next word is one */
    unsigned plain;
    size_t echo_at, echo; /* what echo says: read if a client gets it */
};

static bool is_end(char c)
{
    return c == '|' || c == ';' || c == '\n' || c == '&' || c == '(' || c == ')';
}

/* The next word without its quotes; false at the end of the text or of a command. */
static bool next_word(struct scan *scan)
{
    const char *text = scan->text;
    char quote = '\0';
    scan->word += scan->length; /* what was read of it may still be looked at */
    scan->length = 0;
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
            scan->word[scan->length++] = c;
        } else if (quote == '\0' && (c == '\'' || c == '"'))
            quote = c;
        else if (c == quote)
            quote = '\0';
        else
            scan->word[scan->length++] = c;
    }
    return scan->at > begin;
}

static bool is_word(const struct scan *scan, const char *word)
{
    size_t n = strlen(word);
    if (scan->length < n || memcmp(scan->word + scan->length - n, word, n) != 0)
        return false;
    return scan->length == n || scan->word[scan->length - n - 1] == '/';
}

static const struct client *client_of(const struct scan *scan)
{
    for (size_t i = 0; i < N_ELEMS(clients); i++)
        if (is_word(scan, clients[i].name))
            return &clients[i];
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
    enum ais_sql_dialect dialect = scan->client->dialect;
    size_t option = scan->statement ? 0 : option_of(scan);
    if (scan->length >= 3 && memcmp(scan->word, "<<<", 3) == 0) { /* a here string */
        scan->statement = scan->length == 3;
        if (!scan->statement)
            ais_sql_read(scan->reader, scan->word + 3, scan->length - 3, dialect);
        return;
    }
    if (scan->statement) {
        scan->statement = false;
        ais_sql_read(scan->reader, scan->word, scan->length, dialect);
    } else if (option > 0) {
        scan->statement = option == scan->length;
        if (!scan->statement)
            ais_sql_read(scan->reader, scan->word + option, scan->length - option, dialect);
    } else if (scan->length > 0 && scan->word[0] != '-' && ++scan->plain >= scan->client->plain &&
               scan->client->plain > 0)
        ais_sql_read(scan->reader, scan->word, scan->length, dialect);
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
            ais_sql_read(scan->reader, scan->text + scan->echo_at, scan->echo, scan->client->dialect);
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
    if (sign == NULL || sign + 2 >= end || sign[2] == '<')
        return;
    const char *line = memchr(sign, '\n', (size_t)(end - sign));
    for (size_t i = 0; i < N_ELEMS(clients) && line != NULL; i++)
        if (memmem(text, (size_t)(sign - text), clients[i].name, strlen(clients[i].name)) != NULL) {
            ais_sql_read(reader, line + 1, (size_t)(end - line) - 1, clients[i].dialect);
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
    struct scan scan = { .reader = reader, .text = command, .n = n, .word = ais_view_alloc(reader->view, n + 1) };
    while (scan.word != NULL && scan.at < n && !reader->view->failed)
        read_command(&scan);
    read_here(reader, command, n);
}

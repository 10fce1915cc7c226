/* The languages that are read, how each is written, and how a text shows which it is. */
#include "shared/policy/facts/code/code.h"

#include <string.h>

enum { LINES_MOST = 64, LINE_MOST = 512 }; /* that are looked at for a shape */

const struct ais_code_dialect ais_code_dialects[] = {
    [AIS_CODE_PYTHON] = {"python python2 python3 py pypy pypy3 ipython jupyter notebook pandas",
                         AIS_CODE_HASH | AIS_CODE_TRIPLES | AIS_CODE_PREFIXES | AIS_CODE_INDENTED | AIS_CODE_NOTEBOOKS,
                         1 << AIS_CODE_PYTHON       },
    [AIS_CODE_JAVASCRIPT] = { "javascript js node nodejs typescript ts deno bun ecmascript",
                         AIS_CODE_SLASHES | AIS_CODE_BLOCKS | AIS_CODE_REGEXES | AIS_CODE_TEMPLATES,
                         1 << AIS_CODE_JAVASCRIPT   },
    [AIS_CODE_PERL] = { "perl perl5 pl",
                         AIS_CODE_HASH | AIS_CODE_LINES | AIS_CODE_REGEXES | AIS_CODE_SIGILS | AIS_CODE_QUOTE_WORDS |
                            AIS_CODE_DOCUMENTS | AIS_CODE_BACKTICKS | AIS_CODE_DOT_JOINS | AIS_CODE_BARE_CALLS |
                            AIS_CODE_HALF_QUOTES | AIS_CODE_EXPANDS | AIS_CODE_CALLED_TEXTS,
                         1 << AIS_CODE_PERL         },
    [AIS_CODE_RUBY] = { "ruby rb irb rails",
                         AIS_CODE_HASH | AIS_CODE_LINES | AIS_CODE_REGEXES | AIS_CODE_SIGILS | AIS_CODE_PERCENTS |
                            AIS_CODE_DOCUMENTS | AIS_CODE_SYMBOLS | AIS_CODE_BACKTICKS | AIS_CODE_BARE_CALLS |
                            AIS_CODE_INDENTED | AIS_CODE_HALF_QUOTES | AIS_CODE_EMBEDS,
                         1 << AIS_CODE_RUBY         },
    [AIS_CODE_PHP] = { "php php5 php7 php8",
                         AIS_CODE_HASH | AIS_CODE_SLASHES | AIS_CODE_BLOCKS | AIS_CODE_LINES | AIS_CODE_SIGILS |
                           AIS_CODE_DOCUMENTS | AIS_CODE_BACKTICKS | AIS_CODE_DOT_JOINS | AIS_CODE_HALF_QUOTES |
                           AIS_CODE_EXPANDS | AIS_CODE_TAGS | AIS_CODE_CALLED_TEXTS,
                         1 << AIS_CODE_PHP          },
    [AIS_CODE_UNCLEAR] = { "",
                         AIS_CODE_HASH | AIS_CODE_TRIPLES | AIS_CODE_PREFIXES | AIS_CODE_LINES | AIS_CODE_REGEXES |
                               AIS_CODE_SIGILS | AIS_CODE_PERCENTS | AIS_CODE_QUOTE_WORDS | AIS_CODE_DOCUMENTS |
                               AIS_CODE_BACKTICKS | AIS_CODE_BARE_CALLS | AIS_CODE_EXPANDS | AIS_CODE_EMBEDS |
                               AIS_CODE_NOTEBOOKS | AIS_CODE_CALLED_TEXTS | AIS_CODE_ANY,
                         (1 << AIS_CODE_UNCLEAR) - 1},
};

const struct ais_code_dialect *ais_code_dialect_of(const char *word, size_t n)
{
    static const struct ais_word_table table = { ais_code_dialects, sizeof *ais_code_dialects, AIS_CODE_UNCLEAR };
    static _Thread_local struct ais_word_outline outline;
    const char *dot = memchr(word, '.', n); /* python3.11 */
    size_t length = dot != NULL ? (size_t)(dot - word) : n;
    uint64_t rows = length > 0 ? ais_word_rows(&table, &outline, word[0], length) : 0;
    for (size_t i = 0; rows != 0; i++, rows >>= 1)
        if ((rows & 1) != 0 && ais_shell_in(ais_code_dialects[i].names, word, length))
            return &ais_code_dialects[i];
    return NULL;
}

/* ---- shapes ---- */

/* How a line begins (`~` stands for a name, a blank for blanks; the first byte for itself) and what must stand in it
 * too, or at its end behind
 * `$`; which no other language has like this. */
static const struct shape {
    const char *begin, *holds;
    enum ais_code_language language;
} shapes[] = {
    {"<?php",           "",           AIS_CODE_PHP       },
    { "<?=",            "",           AIS_CODE_PHP       },
    { "import {",       "",           AIS_CODE_JAVASCRIPT},
    { "import *",       "",           AIS_CODE_JAVASCRIPT},
    { "import '",       "",           AIS_CODE_JAVASCRIPT},
    { "import \"",      "",           AIS_CODE_JAVASCRIPT},
    { "import ~ from ", "",           AIS_CODE_JAVASCRIPT},
    { "import ~",       "",           AIS_CODE_PYTHON    },
    { "from ~ import ", "",           AIS_CODE_PYTHON    },
    { "def ~(",         "$:",         AIS_CODE_PYTHON    },
    { "async def ",     "",           AIS_CODE_PYTHON    },
    { "class ~",        "$:",         AIS_CODE_PYTHON    },
    { "if ",            "$:",         AIS_CODE_PYTHON    },
    { "for ~ in ",      "$:",         AIS_CODE_PYTHON    },
    { "while ",         "$:",         AIS_CODE_PYTHON    },
    { "with ",          "$:",         AIS_CODE_PYTHON    },
    { "try:",           "",           AIS_CODE_PYTHON    },
    { "__import__",     "",           AIS_CODE_PYTHON    },
    { "const ~ =",      "",           AIS_CODE_JAVASCRIPT},
    { "const {",        "",           AIS_CODE_JAVASCRIPT},
    { "const [",        "",           AIS_CODE_JAVASCRIPT},
    { "let ~ =",        "",           AIS_CODE_JAVASCRIPT},
    { "let {",          "",           AIS_CODE_JAVASCRIPT},
    { "var ~ =",        "",           AIS_CODE_JAVASCRIPT},
    { "async function", "",           AIS_CODE_JAVASCRIPT},
    { "export default", "",           AIS_CODE_JAVASCRIPT},
    { "(async ",        "=>",         AIS_CODE_JAVASCRIPT},
    { "(() =>",         "",           AIS_CODE_JAVASCRIPT},
    { "(function",      "",           AIS_CODE_JAVASCRIPT},
    { "module.exports", "",           AIS_CODE_JAVASCRIPT},
    { "console.log(",   "",           AIS_CODE_JAVASCRIPT},
    { "require(",       "",           AIS_CODE_JAVASCRIPT},
    { "process.",       "process.ma", AIS_CODE_JAVASCRIPT},
    { "use strict;",    "",           AIS_CODE_PERL      },
    { "use warnings;",  "",           AIS_CODE_PERL      },
    { "my $",           "",           AIS_CODE_PERL      },
    { "my @",           "",           AIS_CODE_PERL      },
    { "my %",           "",           AIS_CODE_PERL      },
    { "my (",           "",           AIS_CODE_PERL      },
    { "require '",      "",           AIS_CODE_RUBY      },
    { "require \"",     "",           AIS_CODE_RUBY      },
    { "puts ",          "",           AIS_CODE_RUBY      },
};

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

/* Whether the line matches the beginning of a shape. */
static bool begins(const char *line, size_t n, const char *pattern)
{
    size_t i = 0;
    for (; *pattern != '\0'; pattern++) {
        size_t begin = i;
        if (*pattern == '~') {
            while (i < n && (ais_shell_is_name(line[i], i == begin) || (i > begin && line[i] == '.')))
                i++;
        } else if (*pattern == ' ') {
            while (i < n && is_space(line[i]))
                i++;
        } else if (i < n && line[i] == *pattern) {
            i++;
        }
        if (i == begin)
            return false;
    }
    return true;
}

static bool holds(const char *line, size_t n, const char *what)
{
    if (what[0] == '$')
        return n > 0 && line[n - 1] == what[1];
    return what[0] == '\0' || memmem(line, n, what, strlen(what)) != NULL;
}

static size_t count_of(const char *line, size_t n, char c)
{
    size_t count = 0;
    const char *end = line + n;
    for (const char *at = line; at < end && (at = memchr(at, c, (size_t)(end - at))) != NULL; at++)
        count++;
    return count;
}

/* Whether two bytes stand side by side. */
static bool has_pair(const char *line, size_t n, char first, char second)
{
    const char *end = line + n;
    for (const char *at = line; at < end && (at = memchr(at, first, (size_t)(end - at))) != NULL; at++)
        if (at + 1 < end && at[1] == second)
            return true;
    return false;
}

/* Whether a quote of this kind may be open at the end of the line. */
static bool may_be_open(const char *line, size_t n, char quote, const char *triple)
{
    size_t count = count_of(line, n, quote);
    return count % 2 == 1 || (count > 2 && holds(line, n, triple));
}

/* Whether a string may begin in the line that goes on in the next: then what follows shows nothing. */
static bool may_go_on(const char *line, size_t n)
{
    return line[0] == '=' || memchr(line, '`', n) != NULL || may_be_open(line, n, '\'', "'''") ||
           may_be_open(line, n, '"', "\"\"\"") || has_pair(line, n, '<', '<') || has_pair(line, n, '/', '*');
}

static const struct ais_code_dialect *shape_of_line(const char *line, size_t n)
{
    while (n > 0 && is_space(line[n - 1]))
        n--;
    for (size_t i = 0; i < N_ELEMS(shapes); i++)
        if (line[0] == shapes[i].begin[0] && begins(line, n, shapes[i].begin) && holds(line, n, shapes[i].holds))
            return &ais_code_dialects[shapes[i].language];
    return NULL;
}

static const struct ais_code_dialect *shebang(const char *line, size_t n)
{
    for (size_t i = 2; i < n;) {
        size_t begin = i;
        while (i < n && line[i] != '/' && !is_space(line[i]))
            i++;
        const struct ais_code_dialect *dialect = ais_code_dialect_of(line + begin, i - begin);
        if (dialect != NULL)
            return dialect;
        i++;
    }
    return NULL;
}

const struct ais_code_dialect *ais_code_shape(const char *text, size_t n)
{
    size_t i = 0;
    for (unsigned lines = 0; i < n && lines < LINES_MOST; lines++) {
        const char *break_at = memchr(text + i, '\n', n - i);
        size_t end = break_at != NULL ? (size_t)(break_at - text) : n;
        while (i < end && is_space(text[i]))
            i++;
        const char *line = text + i;
        size_t length = end - i < LINE_MOST ? end - i : LINE_MOST;
        const struct ais_code_dialect *dialect = NULL;
        if (lines == 0 && length > 2 && line[0] == '#' && line[1] == '!')
            dialect = shebang(line, length);
        bool comment = length > 0 && (line[0] == '#' || (length > 1 && line[0] == '/' && line[1] == '/'));
        if (length > 0 && !comment && dialect == NULL)
            dialect = shape_of_line(line, length);
        if (dialect != NULL)
            return dialect;
        if (length > 0 && !comment && may_go_on(line, length))
            break;
        i = end + 1;
    }
    return &ais_code_dialects[AIS_CODE_UNCLEAR];
}

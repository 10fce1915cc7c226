/* Signs and words: what each may be. */
#include "shared/policy/facts/code/lexer.h"

/* ---- signs ---- */

/* Longer ones first; those of one character that are not here mean nothing on their own. */
static const struct sign {
    const char *text;
    size_t length;
    unsigned bits;
} signs[] = {
#define SIGN(text, bits)                 \
    {                                    \
        (text), sizeof(text) - 1, (bits) \
    }
#define O AIS_CODE_OPERATES
#define P AIS_CODE_PRECEDES
#define A AIS_CODE_ASSIGNS
    SIGN("<=>", O),
    SIGN("===", O),
    SIGN("!==", O),
    SIGN("**=", A),
    SIGN("...", P),
    SIGN("||=", A | AIS_CODE_DEFAULTS),
    SIGN("&&=", A),
    SIGN("?\?=", A | AIS_CODE_DEFAULTS),
    SIGN("//=", A | AIS_CODE_DEFAULTS),
    SIGN("<<=", A | AIS_CODE_ADDS),
    SIGN(">>=", A),
    SIGN("==", O),
    SIGN("=>", 0),
    SIGN("=~", O),
    SIGN("!=", O),
    SIGN("!~", O),
    SIGN("<=", O),
    SIGN(">=", O),
    SIGN("->", 0),
    SIGN("::", 0),
    SIGN("?.", 0),
    SIGN("&.", 0),
    SIGN("+=", A | AIS_CODE_ADDS),
    SIGN("-=", A),
    SIGN("*=", A),
    SIGN("/=", A),
    SIGN("%=", A),
    SIGN(".=", A | AIS_CODE_ADDS),
    SIGN(":=", A),
    SIGN("|=", A),
    SIGN("&=", A),
    SIGN("^=", A),
    SIGN("**", O | P),
    SIGN("||", O),
    SIGN("&&", O),
    SIGN("?\?", O),
    SIGN("..", O),
    SIGN("<<", O),
    SIGN(">>", O),
    SIGN("//", O),
    SIGN("=", A),
    SIGN("+", O | P),
    SIGN("-", O | P),
    SIGN("*", O | P),
    SIGN("/", O),
    SIGN("%", O),
    SIGN(".", O),
    SIGN("<", O | P),
    SIGN(">", O),
    SIGN("&", O | P),
    SIGN("|", O),
    SIGN("^", O),
    SIGN("?", O),
    SIGN("!", P),
    SIGN("~", P),
    SIGN("\\", P),
    SIGN("@", P),
#undef O
#undef P
#undef A
#undef SIGN
};

/* Most signs are brackets, commas and the like, with which no other begins. */
static bool is_alone(char c)
{
    switch (c) {
    case '(':
    case ')':
    case '[':
    case ']':
    case '{':
    case '}':
    case ',':
    case ';': return true;
    default: return false;
    }
}

size_t ais_code_sign_at(const char *text, size_t n, unsigned *ret_bits)
{
    *ret_bits = 0;
    if (is_alone(text[0]))
        return 1;
    for (size_t k = 0; k < N_ELEMS(signs); k++) {
        const struct sign *sign = &signs[k];
        if (text[0] == sign->text[0] && sign->length <= n && memcmp(text, sign->text, sign->length) == 0) {
            *ret_bits = sign->bits;
            return sign->length;
        }
    }
    return 1;
}

/* ---- words ---- */

static const struct word {
    const char *text;
    unsigned bits;
} words[] = {
  /* in order */
#define K AIS_CODE_KEYWORD
#define D AIS_CODE_DEFINES
#define L AIS_CODE_LEADS
#define V AIS_CODE_DECLARES
    {"abstract",    K               },
    { "and",        K | L           },
    { "as",         K               },
    { "async",      K | L           },
    { "await",      K | L           },
    { "begin",      K               },
    { "break",      K               },
    { "case",       K | L           },
    { "catch",      K               },
    { "class",      K | D           },
    { "cmp",        K               },
    { "const",      K | V           },
    { "continue",   K               },
    { "def",        K | D           },
    { "default",    K | L           },
    { "delete",     K               },
    { "do",         K | L           },
    { "done",       K               },
    { "echo",       K | L           },
    { "elif",       K | L           },
    { "else",       K | L           },
    { "elseif",     K               },
    { "elsif",      K | L           },
    { "end",        K               },
    { "ensure",     K               },
    { "eq",         K               },
    { "except",     K               },
    { "export",     K | L | V       },
    { "extends",    K               },
    { "final",      K               },
    { "finally",    K               },
    { "fn",         K | D           },
    { "for",        K               },
    { "foreach",    K               },
    { "from",       AIS_CODE_IMPORTS},
    { "func",       K | D           },
    { "function",   K | D           },
    { "ge",         K               },
    { "global",     K | V           },
    { "goto",       K               },
    { "gt",         K               },
    { "if",         K | L           },
    { "implements", K               },
    { "import",     AIS_CODE_IMPORTS},
    { "in",         K | L           },
    { "instanceof", K               },
    { "interface",  K | D           },
    { "is",         K               },
    { "lambda",     K               },
    { "last",       K               },
    { "le",         K               },
    { "let",        K | V           },
    { "local",      K | V           },
    { "lt",         K               },
    { "module",     K | D           },
    { "my",         K | V           },
    { "ne",         K               },
    { "new",        K | L           },
    { "next",       K               },
    { "nonlocal",   K               },
    { "not",        K | L           },
    { "of",         K               },
    { "or",         K | L           },
    { "our",        K | V           },
    { "package",    K               },
    { "pass",       K               },
    { "private",    K | L           },
    { "protected",  K | L           },
    { "public",     K | L           },
    { "raise",      K | L           },
    { "redo",       K               },
    { "rescue",     K               },
    { "return",     K | L           },
    { "static",     K | L | V       },
    { "struct",     K | D           },
    { "sub",        K | D           },
    { "switch",     K               },
    { "then",       K | L           },
    { "throw",      K | L           },
    { "try",        K               },
    { "typeof",     K | L           },
    { "unless",     K | L           },
    { "until",      K | L           },
    { "use",        K               },
    { "var",        K | V           },
    { "void",       K | L           },
    { "when",       K | L           },
    { "while",      K | L           },
    { "with",       K               },
    { "xor",        K               },
    { "yield",      K | L           },
#undef K
#undef D
#undef L
#undef V
};

unsigned ais_code_word_bits(const char *text, size_t n)
{
    size_t low = 0, high = N_ELEMS(words);
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = (unsigned char)words[middle].text[0] - (unsigned char)text[0];
        order = order == 0 ? strncmp(words[middle].text, text, n) : order;
        order = order == 0 && words[middle].text[n] != '\0' ? 1 : order;
        if (order == 0)
            return words[middle].bits;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return 0;
}

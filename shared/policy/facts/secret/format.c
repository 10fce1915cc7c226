/* Keys that are known by their looks: a prefix, an alphabet, a length, and a checksum where there is one. A token whose
 * checksum is wrong is "unverified_token": it was mistyped or made up, or its maker has changed the format. */
#include "shared/err/err.h"
#include "shared/policy/facts/secret/checks.h"
#include "shared/policy/facts/secret/find.h"

#include <pthread.h>
#include <string.h>

#define UNVERIFIED "unverified_token"

enum {
    D = AIS_SET_DIGIT,
    UP = AIS_SET_UPPER,
    LO = AIS_SET_LOWER,
    AN = AIS_SET_ALNUM,
    URL = AIS_SET_URL,
    UND = AIS_SET_UNDERSCORE,
    DASH = AIS_SET_DASH,
    DOT = AIS_SET_DOT,
    B64 = AIS_SET_BASE64,
    /* No byte is in it. A format that has it begins like nothing else: it is found behind "_", too, and, where its
     * length is known, before "-x" and "_x" whatever it is made of. */
    JOIN = 1 << 16,
};

/* What tells more than looks. Where the check is none of these, entropy and the words of placeholders do alone. */
enum check { ENTROPY, CRC, CRC_WITH_PREFIX, HEX, SENDGRID, AIRTABLE, OPENAI, DIGITS, KNOWN };

static const struct format {
    const char *prefix, *kind;
    unsigned sets;
    unsigned short least, most;
    enum check check;
} formats[] = {
  /* GitHub's format: 30 random digits and a checksum; npm's is the same. */
    {"ghp_",                  "github_token",        AN | JOIN,             36,  36,   CRC            },
    { "gho_",                 "github_token",        AN | JOIN,             36,  36,   CRC            },
    { "ghu_",                 "github_token",        AN | JOIN,             36,  36,   CRC            },
    { "ghs_",                 "github_token",        AN | JOIN,             36,  36,   CRC            },
    { "ghr_",                 "github_token",        AN | JOIN,             36,  76,   CRC            },
    { "github_pat_",          "github_token",        AN | UND | JOIN,       82,  82,   ENTROPY        },
    { "npm_",                 "npm_token",           AN | JOIN,             36,  36,   CRC            },
    { "ais_",                 "aisentinel_key",      AN | JOIN,             38,  38,   CRC_WITH_PREFIX},
    { "AKIA",                 "aws_access_key",      UP | D,                16,  16,   ENTROPY        },
    { "ASIA",                 "aws_access_key",      UP | D,                16,  16,   ENTROPY        },
    { "ABIA",                 "aws_access_key",      UP | D,                16,  16,   ENTROPY        },
    { "AIza",                 "google_api_key",      URL | JOIN,            35,  35,   ENTROPY        },
    { "ya29.",                "google_oauth_token",  URL,                   30,  512,  ENTROPY        },
    { "GOCSPX-",              "google_oauth_secret", URL | JOIN,            28,  28,   ENTROPY        },
    { "xoxb-",                "slack_token",         AN | DASH | JOIN,      30,  250,  DIGITS         },
    { "xoxp-",                "slack_token",         AN | DASH | JOIN,      30,  250,  DIGITS         },
    { "xoxa-",                "slack_token",         AN | DASH | JOIN,      30,  250,  DIGITS         },
    { "xoxr-",                "slack_token",         AN | DASH | JOIN,      30,  250,  DIGITS         },
    { "xoxs-",                "slack_token",         AN | DASH | JOIN,      30,  250,  DIGITS         },
    { "xoxe-",                "slack_token",         AN | DASH | JOIN,      30,  250,  DIGITS         },
    { "xoxe.xoxp-",           "slack_token",         AN | DASH | JOIN,      30,  250,  DIGITS         },
    { "xapp-",                "slack_token",         AN | DASH | JOIN,      30,  250,  DIGITS         },
    { "sk_live_",             "stripe_key",          AN | JOIN,             24,  247,  ENTROPY        },
    { "rk_live_",             "stripe_key",          AN | JOIN,             24,  247,  ENTROPY        },
    { "sk_test_",             "stripe_key",          AN | JOIN,             24,  247,  ENTROPY        },
    { "whsec_",               "stripe_key",          AN | B64,              32,  88,   ENTROPY        },
    { "sk-ant-",              "anthropic_key",       URL | JOIN,            80,  200,  ENTROPY        },
    { "sk-proj-",             "openai_key",          URL | JOIN,            40,  250,  ENTROPY        },
    { "sk-svcacct-",          "openai_key",          URL | JOIN,            40,  250,  ENTROPY        },
    { "sk-admin-",            "openai_key",          URL | JOIN,            40,  250,  ENTROPY        },
    { "sk-or-v1-",            "openrouter_key",      D | LO | JOIN,         64,  64,   HEX            },
    { "sk-",                  "openai_key",          AN,                    48,  48,   OPENAI         },
    { "hf_",                  "huggingface_token",   AN,                    34,  37,   ENTROPY        },
    { "api_org_",             "huggingface_token",   AN,                    34,  34,   ENTROPY        },
    { "gsk_",                 "groq_key",            AN,                    52,  52,   ENTROPY        },
    { "r8_",                  "replicate_token",     AN,                    37,  37,   ENTROPY        },
    { "glpat-",               "gitlab_token",        URL | DOT | JOIN,      20,  300,  ENTROPY        },
    { "glptt-",               "gitlab_token",        URL | JOIN,            20,  64,   ENTROPY        },
    { "gldt-",                "gitlab_token",        URL,                   20,  64,   ENTROPY        },
    { "glrt-",                "gitlab_token",        URL | DOT | JOIN,      20,  64,   ENTROPY        },
    { "glcbt-",               "gitlab_token",        URL,                   20,  64,   ENTROPY        },
    { "glft-",                "gitlab_token",        URL,                   20,  64,   ENTROPY        },
    { "glffct-",              "gitlab_token",        URL,                   20,  64,   ENTROPY        },
    { "glimt-",               "gitlab_token",        URL,                   20,  64,   ENTROPY        },
    { "glagent-",             "gitlab_token",        URL,                   50,  1024, ENTROPY        },
    { "glsoat-",              "gitlab_token",        URL,                   20,  64,   ENTROPY        },
    { "dop_v1_",              "digitalocean_token",  D | LO | JOIN,         64,  64,   HEX            },
    { "doo_v1_",              "digitalocean_token",  D | LO | JOIN,         64,  64,   HEX            },
    { "dor_v1_",              "digitalocean_token",  D | LO | JOIN,         64,  64,   HEX            },
    { "SG.",                  "sendgrid_key",        URL | DOT,             66,  66,   SENDGRID       },
    { "SK",                   "twilio_key",          D | LO,                32,  32,   HEX            },
    { "key-",                 "mailgun_key",         D | LO,                32,  32,   HEX            },
    { "HRKU-",                "heroku_key",          URL,                   36,  70,   ENTROPY        },
    { "pypi-AgEIcHlwaS5vcmc", "pypi_token",          URL | JOIN,            50,  1000, ENTROPY        },
    { "rubygems_",            "rubygems_token",      D | LO | JOIN,         48,  48,   HEX            },
    { "shpat_",               "shopify_token",       AN | JOIN,             32,  32,   HEX            },
    { "shpss_",               "shopify_token",       AN | JOIN,             32,  32,   HEX            },
    { "shpca_",               "shopify_token",       AN | JOIN,             32,  32,   HEX            },
    { "shppa_",               "shopify_token",       AN | JOIN,             32,  32,   HEX            },
    { "sq0atp-",              "square_token",        URL | JOIN,            22,  22,   ENTROPY        },
    { "sq0csp-",              "square_token",        URL | JOIN,            43,  43,   ENTROPY        },
    { "AGE-SECRET-KEY-1",     "age_secret_key",      UP | D,                58,  58,   ENTROPY        },
    { "dp.pt.",               "doppler_token",       AN,                    40,  44,   ENTROPY        },
    { "lin_api_",             "linear_key",          AN | JOIN,             40,  40,   ENTROPY        },
    { "PMAK-",                "postman_key",         AN | DASH | JOIN,      59,  59,   ENTROPY        },
    { "NRAK-",                "newrelic_key",        UP | D,                27,  27,   ENTROPY        },
    { "dckr_pat_",            "docker_token",        URL | JOIN,            27,  32,   ENTROPY        },
    { "tskey-",               "tailscale_key",       URL,                   24,  100,  ENTROPY        },
    { "hvs.",                 "vault_token",         URL,                   24,  200,  ENTROPY        },
    { "hvb.",                 "vault_token",         URL,                   24,  300,  ENTROPY        },
    { "pul-",                 "pulumi_token",        D | LO,                40,  40,   HEX            },
    { "glsa_",                "grafana_token",       AN | UND | JOIN,       41,  41,   ENTROPY        },
    { "glc_",                 "grafana_token",       AN | B64,              32,  400,  ENTROPY        },
    { "sntrys_",              "sentry_token",        AN | B64 | UND | JOIN, 60,  400,  ENTROPY        },
    { "ATATT3",               "atlassian_token",     URL | B64,             60,  250,  ENTROPY        },
    { "figd_",                "figma_token",         URL,                   40,  60,   ENTROPY        },
    { "EZAK",                 "easypost_key",        AN,                    54,  54,   ENTROPY        },
    { "EZTK",                 "easypost_key",        AN,                    54,  54,   ENTROPY        },
    { "duffel_live_",         "duffel_token",        URL | B64 | JOIN,      43,  43,   ENTROPY        },
    { "duffel_test_",         "duffel_token",        URL | B64 | JOIN,      43,  43,   ENTROPY        },
    { "pat",                  "airtable_token",      AN | DOT,              79,  79,   AIRTABLE       },
    { "xkeysib-",             "brevo_key",           AN | DASH | JOIN,      81,  81,   ENTROPY        },
    { "dapi",                 "databricks_token",    D | LO,                32,  32,   HEX            },
    { "ntn_",                 "notion_token",        AN,                    40,  60,   ENTROPY        },
    { "secret_",              "notion_token",        AN,                    43,  43,   ENTROPY        },
    { "ops_eyJ",              "onepassword_token",   URL | B64,             100, 2000, ENTROPY        },
    { "nfp_",                 "netlify_token",       AN,                    36,  40,   ENTROPY        },
    { "sbp_",                 "supabase_key",        D | LO,                40,  40,   HEX            },
    { "vercel_blob_rw_",      "vercel_token",        AN | UND,              30,  80,   ENTROPY        },
    { "cfut_",                "cloudflare_token",    AN,                    40,  60,   ENTROPY        },
    { "rnd_",                 "render_key",          AN,                    28,  36,   ENTROPY        },
    { "phc_",                 "posthog_key",         AN,                    43,  43,   ENTROPY        },
    { "EAACEdEose0cBA",       "facebook_token",      AN,                    20,  400,  ENTROPY        },
    { "PuTTY-User-Key-File-", "private_key",         D,                     1,   1,    KNOWN          },
};

bool ais_secret_format(size_t i, struct ais_secret_format *ret)
{
    if (i >= N_ELEMS(formats))
        return false;
    const struct format *format = &formats[i];
    *ret = (struct ais_secret_format){ format->prefix, format->kind, format->sets, format->least };
    return true;
}

enum { SHORTEST = 12 };     /* bytes of a key */
enum { LEAST_ENTROPY = 3 }; /* bits a byte: words and placeholders have less */

/* Slack: the numbers of team and app, or of the version, are in each token. */
static bool has_digits(const char *text, size_t n)
{
    size_t digits = 0;
    for (size_t i = 0; i < n; i++)
        digits += (ais_secret_set_of(text[i]) & AIS_SET_DIGIT) != 0;
    return digits >= 8;
}

static bool is_random(const char *text, size_t n)
{
    return ais_secret_entropy(text, n) >= LEAST_ENTROPY && !ais_secret_is_placeholder(text, n);
}

/* The kind of what follows the prefix; NULL: it only looks like one. */
static const char *judge(const struct format *format, const char *begin, const char *text, size_t n)
{
    if (format->check == KNOWN) /* the prefix is enough */
        return format->kind;
    if (!is_random(text, n))
        return NULL;
    switch (format->check) {
    case CRC: return ais_secret_crc62(text, n) ? format->kind : UNVERIFIED;
    case CRC_WITH_PREFIX: return ais_secret_crc62(begin, (size_t)(text - begin) + n) ? format->kind : UNVERIFIED;
    case HEX: return ais_secret_is_hex(text, n) ? format->kind : NULL;
    case SENDGRID: return text[22] == '.' ? format->kind : NULL;
    case AIRTABLE: return text[14] == '.' && ais_secret_is_hex(text + 15, 64) ? format->kind : NULL;
    case OPENAI: return memcmp(text + 20, "T3BlbkFJ", 8) == 0 ? format->kind : NULL;
    case DIGITS: return has_digits(text, n) ? format->kind : NULL;
    default: return format->kind;
    }
}

/* For masking a sign in the prefix is enough to tell it from a part of a name. */
static bool joins(const struct ais_secret_search *search, const struct format *format)
{
    return (format->sets & JOIN) != 0 || (search->generous && strpbrk(format->prefix, "_-.") != NULL);
}

static bool try_format(struct ais_secret_search *search, const struct format *format, size_t at)
{
    const char *begin = search->text + at;
    size_t left = search->n - at, prefix = strlen(format->prefix);
    if (left <= prefix || memcmp(begin, format->prefix, prefix) != 0)
        return false;
    size_t most = left - prefix <= format->most + 1U ? left - prefix : format->most + 1U;
    size_t n = ais_secret_run(begin + prefix, most, format->sets);
    search->work += n;
    while (n > format->least && begin[prefix + n - 1] == '.')
        n--; /* the end of a sentence */
    if (n > format->most && format->least == format->most && joins(search, format) &&
        ais_secret_is_any(begin[prefix + format->most], "-_"))
        n = format->most; /* what is joined to it */
    if (n < format->least || n > format->most)
        return false;
    bool filler = prefix + n < left && ais_secret_is_any(begin[prefix + n], "#*<${");
    const char *kind = filler ? NULL : judge(format, begin, begin + prefix, n);
    if (kind != NULL)
        ais_secret_tell(search, begin, prefix + n, kind);
    return kind != NULL;
}

/* ---- formats without a prefix ---- */

/* The fewest bytes of each: of a Discord token in all, with a number of 23 digits, a time of 6 and a signature of 27;
 * of a Telegram bot's number, and of its key; of what follows Azure's tilde; of a webhook behind its place. */
enum {
    DISCORD_NUMBER = 23,
    DISCORD_SIGNATURE = 27,
    DISCORD_LEAST = DISCORD_NUMBER + 1 + 6 + 1 + DISCORD_SIGNATURE,
    TELEGRAM_DIGITS = 8,
    TELEGRAM_KEY = 35,
    AZURE_LEAST = 31,
    WEBHOOK_LEAST = 40,
};

/* Discord: the account's number in base64, a time, a signature. */
static void try_discord(struct ais_secret_search *search, size_t at)
{
    const char *text = search->text + at;
    size_t left = search->n - at, first = ais_secret_run(text, left < 32 ? left : 32, URL);
    char number[24];
    if (first < DISCORD_NUMBER || first > 28 || first >= left || text[first] != '.')
        return;
    size_t second = ais_secret_run(text + first + 1, left - first - 1 < 8 ? left - first - 1 : 8, URL);
    if (second != 6 || first + 7 >= left || text[first + 7] != '.')
        return;
    size_t rest = left - first - 8, third = ais_secret_run(text + first + 8, rest < 48 ? rest : 48, URL);
    size_t n = ais_secret_base64(text, first, number, sizeof number);
    if (third >= DISCORD_SIGNATURE && third <= 40 && n >= 16 && ais_secret_run(number, n, D) == n)
        ais_secret_tell(search, text, first + 8 + third, "discord_token");
}

/* Telegram: the bot's number, and 35 digits that begin with AA. */
static void try_telegram(struct ais_secret_search *search, size_t at)
{
    const char *text = search->text + at;
    size_t left = search->n - at, digits = ais_secret_run(text, left < 12 ? left : 12, D);
    if (digits < TELEGRAM_DIGITS || digits > 10 || left < digits + 1 + TELEGRAM_KEY ||
        memcmp(text + digits, ":AA", 3) != 0)
        return;
    size_t rest = left - digits - 1, n = ais_secret_run(text + digits + 1, rest < 40 ? rest : 40, URL);
    if (n == TELEGRAM_KEY && is_random(text + digits + 1, n))
        ais_secret_tell(search, text, digits + 1 + n, "telegram_token");
}

enum { STEPS_A_TILDE = 8 };

/* Azure: three digits, 8Q~ or 7Q~, 31 to 34 more. */
static void find_azure(struct ais_secret_search *search)
{
    const char *at = search->text, *end = search->text + search->n;
    while (at < end && ais_secret_goes_on(search) && (at = memchr(at, '~', (size_t)(end - at))) != NULL) {
        const char *begin = at - 5;
        size_t left = (size_t)(end - at) - 1, n = ais_secret_run(at + 1, left < 40 ? left : 40, URL | DOT);
        bool sign = at - search->text >= 5 && at[-1] == 'Q' && (at[-2] == '7' || at[-2] == '8');
        if (sign && ais_secret_run(begin, 3, URL) == 3 && n >= AZURE_LEAST && n <= 34 && is_random(at + 1, n))
            ais_secret_tell(search, begin, n + 6, "azure_client_secret");
        search->work += STEPS_A_TILDE + n;
        at++;
    }
}

static void find_webhooks(struct ais_secret_search *search)
{
    static const struct webhook {
        const char *place, *kind;
        size_t least;
    } webhooks[] = {
        {"hooks.slack.com/services/T",    "slack_webhook",   WEBHOOK_LEAST},
        { "discord.com/api/webhooks/",    "discord_webhook", 70           },
        { "discordapp.com/api/webhooks/", "discord_webhook", 70           },
    };
    for (size_t i = 0; i < N_ELEMS(webhooks); i++) {
        const char *at = search->text, *end = at + search->n;
        size_t length = strlen(webhooks[i].place);
        while (ais_secret_goes_on(search) && (at = memmem(at, (size_t)(end - at), webhooks[i].place, length)) != NULL) {
            at += length;
            size_t n = ais_secret_run(at, (size_t)(end - at) < 128 ? (size_t)(end - at) : 128, URL | B64);
            if (n >= webhooks[i].least && is_random(at, n))
                ais_secret_tell(search, at, n, webhooks[i].kind);
            search->work += n;
        }
        search->work += search->n / 8;
    }
}

static bool begins_word(const struct ais_secret_search *search, size_t at, unsigned sets)
{
    return at == 0 || (ais_secret_set_of(search->text[at - 1]) & sets) == 0;
}

/* Where a word begins, or behind an option to which it is glued: mysql -p…. */
static bool begins_token(const struct ais_secret_search *search, size_t at)
{
    return begins_word(search, at, AN | UND) ||
           (at > 1 && memcmp(search->text + at - 2, "-p", 2) == 0 && begins_word(search, at - 2, URL));
}

/* The rows of formats by the first byte of their prefix, in their order; one more than the row, 0: no more. And what a
 * text must have to hold one of each: the bytes of the prefix, and a row of bytes that is long enough. */
static struct format_index {
    unsigned char head[128], next[N_ELEMS(formats)];
    bool joins[128]; /* whether one that begins with this byte is found behind "_" */
    struct {
        uint64_t kinds;
        unsigned run;
    } needs[N_ELEMS(formats)];
    unsigned least_run; /* of them all */
} formats_by_byte;
static pthread_once_t indexed = PTHREAD_ONCE_INIT;

static void make_index(void)
{
    struct format_index *index = &formats_by_byte;
    index->least_run = UINT16_MAX;
    for (unsigned i = N_ELEMS(formats); i > 0; i--) {
        const struct format *format = &formats[i - 1];
        size_t length = strlen(format->prefix);
        struct ais_shape prefix = ais_shape_of(format->prefix, length);
        unsigned char *head = &index->head[format->prefix[0] & 127];
        index->next[i - 1] = *head;
        *head = (unsigned char)i;
        index->joins[format->prefix[0] & 127] = index->joins[format->prefix[0] & 127] || (format->sets & JOIN) != 0;
        unsigned run = format->least + (prefix.run == length ? prefix.run : 0U);
        index->needs[i - 1].kinds = prefix.bytes;
        index->needs[i - 1].run = run;
        index->least_run = run < index->least_run ? run : index->least_run;
    }
}

static bool may_hold(const struct ais_shape *shape, unsigned row)
{
    const struct format_index *index = &formats_by_byte;
    return shape->run >= index->needs[row].run && ais_shape_has(shape, index->needs[row].kinds);
}

static bool may_hold_any(const struct ais_shape *shape)
{
    bool any = false;
    for (unsigned i = 0; i < N_ELEMS(formats) && !any; i++)
        any = may_hold(shape, i);
    return any;
}

/* The formats that begin with the byte at this place; all: also those that do not join what stands before them. */
static void try_formats(struct ais_secret_search *search, size_t at, bool all)
{
    const struct format_index *index = &formats_by_byte;
    for (unsigned i = index->head[search->text[at] & 127]; i > 0; i = index->next[i - 1]) {
        const struct format *format = &formats[i - 1];
        if ((all || joins(search, format)) && may_hold(search->shape, i - 1) && try_format(search, format, at))
            return;
    }
}

static void find_tokens(struct ais_secret_search *search)
{
    for (size_t at = 0; at < search->n && ais_secret_goes_on(search); at++) {
        unsigned set = ais_secret_set_of(search->text[at]);
        search->work++;
        if ((set & AN) == 0)
            continue;
        bool begins = begins_token(search, at);
        bool may_join = search->generous || formats_by_byte.joins[search->text[at] & 127];
        if (!begins && (search->text[at - 1] != '_' || !may_join))
            continue;
        if (at + SHORTEST > search->n)
            break;
        try_formats(search, at, begins);
        if (begins && (set & D) != 0)
            try_telegram(search, at);
        else if (begins && ais_secret_is_any(search->text[at], "MNO"))
            try_discord(search, at);
        search->work += 64;
    }
}

void ais_secret_formats(struct ais_secret_search *search)
{
    const struct ais_shape *shape = search->shape;
    pthread_once(&indexed, make_index);
    bool telegram =
        shape->digits >= TELEGRAM_DIGITS && shape->run >= TELEGRAM_KEY && ais_shape_has(shape, AIS_BYTE_COLON);
    bool discord = shape->run >= DISCORD_LEAST && ais_shape_has(shape, AIS_BYTE_DOT | AIS_BYTE_CAPITAL);
    if (telegram || discord || (shape->run >= formats_by_byte.least_run && may_hold_any(shape)))
        find_tokens(search);
    if (shape->run >= AZURE_LEAST && ais_shape_has(shape, AIS_BYTE_TILDE))
        find_azure(search);
    if (shape->run >= WEBHOOK_LEAST && ais_shape_has(shape, AIS_BYTE_DOT | AIS_BYTE_SLASH))
        find_webhooks(search);
}

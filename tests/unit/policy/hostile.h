/* Requests that are made to cost much: shared by the test of the bounds, which counts work, and by the bench, which
 * takes time. Each is as large as a body may be, and has one idea repeated until it is full. */
#ifndef AIS_TESTS_POLICY_HOSTILE_H
#define AIS_TESTS_POLICY_HOSTILE_H

#include "shared/json/json.h"
#include "shared/mem/buf.h"

#include <string.h>
#include <zlib.h>

enum { HOSTILE_BODY = 1 << 20 }; /* bytes of a body at most */

/* Who asks, and with which argument: what makes the parts look at the text. */
struct hostile_caller {
    const char *tool, *key;
};
static const struct hostile_caller hostile_callers[] = {
    {"bash",         "command"},
    { "run_query",   "sql"    },
    { "lookup_user", "name"   },
    { "http_fetch",  "url"    },
    { "read_file",   "path"   },
    { "python",      "code"   },
    { "execute",     "code"   },
};
enum { HOSTILE_CALLERS = sizeof hostile_callers / sizeof hostile_callers[0] };

/* One string: first, then piece as often as it fits, then last. many: an array of strings of piece each; deep: arrays
 * within arrays. */
enum hostile_shape { HOSTILE_STRING, HOSTILE_MANY, HOSTILE_DEEP, HOSTILE_GZIP };
struct hostile {
    const char *name, *first, *piece, *last;
    enum hostile_shape shape;
};

#define S(name, piece)                          \
    {                                           \
        (name), "", (piece), "", HOSTILE_STRING \
    }
#define B(name, first, piece)                        \
    {                                                \
        (name), (first), (piece), "", HOSTILE_STRING \
    }
#define M(name, piece)                        \
    {                                         \
        (name), "", (piece), "", HOSTILE_MANY \
    }
static const struct hostile hostiles[] = {
  /* ordinary text, for comparison */
    S("prose", "The quick brown fox jumps over the lazy dog; it was seen near the river at noon.\\n"),
    S("program", "    for (size_t i = 0; i < n; i++)\\n        total += values[i] * 2; /* sum */\\n"),
    S("log", "2024-05-17T12:00:01Z INFO  worker-7 request id=8f31 path=/api/v1/items status=200 took=12ms\\n"),
    S("csv", "1042,Anna,anna@example.com,2024-01-02,19.99,blue\\n"),
    S("one letter", "a"),
    S("words", "a "),
    S("blanks", " "),
    S("lines", "\\n"),
    S("unicode", "\xc3\xa9\xe2\x82\xac"),
    S("ligatures", "\xef\xb7\xba"), /* one letter that folds to eighteen */
    S("marks", "e\xcc\x81\xcc\xa7\xcc\xa3"),
    B("marks on one letter", "a", "\xcc\x81\xcc\xa3"),
    S("zero width", "\xe2\x80\x8b"),
 /* shell */
    S("substitutions", "$("),
    S("closed substitutions", "$(a)"),
    S("backticks", "`"),
    S("escaped backticks", "\\\\`"),
    S("single quotes", "'"),
    S("double quotes", "\\\""),
    S("both quotes", "'\\\""),
    S("double quoted substitutions", "\\\"$("),
    S("braces", "{a,b}"),
    S("open braces", "{"),
    S("nested braces", "{a,"),
    S("ranges", "{1..999999}"),
    S("variables", "$a"),
    S("braced variables", "${a:-"),
    S("assignments", "a=$a$a;"),
    S("eval", "eval "),
    S("nested shells", "bash -c '"),
    S("sudo", "sudo "),
    S("pipes", "a|"),
    S("groups", "(a;"),
    S("functions", "f(){ f;};"),
    S("here documents", "<<a\\n"),
    S("many here documents", "<<a <<b <<c "),
    S("redirections", ">a "),
    S("arithmetic", "$((1+"),
    S("globs", "*?[a-z]"),
    S("cases", "case a in a) "),
    S("loops", "for i in a b c; do "),
    S("xargs", "xargs xargs "),
    S("echo into sh", "echo a|sh;"),
    S("flags", "ls -lah --color=auto -rf;"),
    S("escapes of the shell", "$'\\\\x41'"),
    B("calls in awk", "awk '", "system(a b c)"),
    B("getline in awk", "awk '", "\\\\\\\"|getline"),
    B("commands of sed", "sed '", "b;s/a/b/;"),
    B("calls in a makefile", "make --eval='", "$(shell "),
    S("files that are fetched", "wget http://h/x;"),
    B("one pipeline of everything", "cat ", "a|b $(c) 'd' \\\"e\\\";"),
 /* encodings */
    S("percent 25", "%25"),
    S("percent 41", "%41"),
    S("percent", "%"),
    S("hexadecimal", "41"),
    S("escaped bytes", "\\\\x41"),
    S("0x", "0x41,"),
    S("base64 of base64", "UVVGQlFVRkJRVUZCUVVGQlFVRkI="),
    S("base64 that is text", "YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXo "),
    S("base64 that is none", "AAAAAAAAAAAAAAAAAAAA "),
    S("long base64 of A", "QUFB"),
    S("lines of base64", "QUFBQUFB\\n"),
    S("uneven lines of base64", "QUF\\nBQUFB\\n"),
    S("a list of short words", "ab\\n"),
    S("short hexadecimal words", "6162636465666768 "),
    S("gzip heads", "H4sIAAAAAAAAA wAAAAAAAAAAAAAA "),
    {"gzip bomb",              "", "",     "",          HOSTILE_GZIP  },
 /* URLs and paths */
    S("URLs", "http://a.b/ "),
    S("short URLs", "http:a "),
    S("URLs in URLs", "http://"),
    S("colons", ":"),
    S("schemes", "a:/"),
    S("long schemes", "aaaaaaaaaaaaaaaaaaaaaaaa://"),
    S("escaped URLs", "http%3A%2F%2Fa"),
    S("doubly escaped URLs", "a%25253A%25252F"),
    S("addresses", "127.0.0.1:80 "),
    S("numbers as addresses", "0x7f000001/a "),
    S("userinfo", "http://a@"),
    S("curl words", "curl 1.2.3.4 "),
    S("one curl, many words", "nc 0x7f.1 "),
    S("punycode", "http://xn--80ak6aa92e.com/ "),
    S("odd URLs", "http://\xef\xbc\x91\xe2\x91\xa1.\xe3\x80\x82/ "),
    S("dots", "../"),
    S("slashes", "/"),
    S("paths", "/etc/passwd "),
    S("relative paths", "../../a/./b//c "),
    S("escaped paths", "%2e%2e%2f"),
    S("backslashes", "..\\\\"),
 /* SQL */
    S("remarks", "/*"),
    S("closed remarks", "/**/"),
    S("line remarks", "--\\n"),
    S("run remarks", "/*!"),
    S("statements", "SELECT 1;"),
    S("unions", "1 UNION SELECT "),
    S("open parentheses", "("),
    S("closed parentheses", ")"),
    B("nested conditions", "SELECT * FROM t WHERE ", "(1=1 OR "),
    B("a long condition", "SELECT * FROM t WHERE 1=1", " AND 1=1"),
    B("names", "SELECT * FROM a", ",a"),
    B("selects in selects", "SELECT * FROM ", "(SELECT * FROM "),
    S("continued values", "' or 1=1 -- "),
    S("quoted words", "'a' "),
    S("quotes and strings", "a'b\\\"c`d "),
    S("semicolons", ";"),
    S("dollar quotes", "$a$"),
    S("different dollar quotes", "$a$ $b$ "),
    S("dynamic", "EXEC('"),
    S("executions", "EXEC('DROP TABLE a');"),
    S("calls", "sleep("),
    S("deletes", "DELETE FROM a WHERE b=1;"),
    S("with", "WITH a AS (DELETE FROM b) "),
    S("clients", "psql -c 'DROP TABLE a' "),
    S("clients in shells", "psql -c bash -c "),
    S("operators", "$where $ne "),
 /* credentials and personal data */
    S("digits", "1"),
    S("grouped digits", "4111 "),
    S("cards", "4111-1111-1111-1111 "),
    S("long numbers", "4111111111111111 "),
    S("dashed digits", "1-"),
    S("dotted digits", "1."),
    S("IBANs", "DE89 3704 0044 0532 0130 00 "),
    S("telephones", "+1 212 555 0100 "),
    S("social security", "ssn 123-45-6789 "),
    S("mail", "a@b.co "),
    S("at signs", "@"),
    S("long mail", "a.a.a.a.a.a.a.a@"),
    S("capitals", "AB123456C "),
    S("armour", "-----BEGIN "),
    S("open armour", "-----BEGIN PRIVATE KEY-----"),
    S("tokens", "eyJhbGciOi.eyJ."),
    S("token heads", "eyJ"),
    S("github", "ghp_aB3dE6gH9jK2mN5pQ8sT1vW4xY7zA0bC3dE6f "),
    S("token prefixes", "sk-"),
    S("assignments of passwords", "password="),
    S("passwords", "password=aB3dE6gH9 "),
    S("equals", "="),
    S("colons and blanks", "key: "),
    S("options", "--password "),
    S("bearers", "Bearer a "),
    S("long bearers", "b"),
    S("user and password", "http://a:bcd@e "),
    S("dashes", "-"),
    S("tildes", "~"),
    S("discord", "MTIzNDU2Nzg5MDEyMzQ1Njc4.aaaaaa."),
    S("telegram", "12345678:AA"),
 /* code */
    S("calls in calls", "f("),
    S("short calls", "f();"),
    S("runs", "os.system('ls');"),
    S("brackets", "["),
    S("lists", "[1,2],"),
    S("sums of texts", "'a'+"),
    S("known names", "a='b';"),
    B("names of names", "a='b'", ";a=a+a"),
    S("members", "a.b."),
    S("formatted texts", "f'{"),
    S("templates", "`${"),
    S("evaluations", "eval('"),
    S("closed evaluations", "eval('f(1)');"),
    S("imports", "import a.b as c;"),
    S("patterns", "x=/a"),
    S("documents", "<<A\\n"),
    S("characters", "chr(65)+"),
    S("decodings", "bytes.fromhex('4142');"),
    S("joins", "''.join(['a','b']);"),
    S("comprehensions", "[chr(i) for i in [1,2]];"),
    S("quote words", "qw(a b) "),
    S("shebangs", "#!/usr/bin/env python\\n"),
    S("first lines", "a b c d\\n"),
 /* shapes */
    M("strings of one letter", "a"),
    M("commands", "rm -rf a"),
    M("paths in strings", "/a"),
    M("addresses in strings", "1.1.1.1"),
    M("statements in strings", "SELECT 1"),
    M("empty strings", ""),
    { "envs before a command", "", "env ", "rm -rf /x", HOSTILE_STRING},
    { "deep JSON",             "", "a",    "",          HOSTILE_DEEP  },
};
#undef S
#undef B
#undef M
enum { HOSTILES = sizeof hostiles / sizeof hostiles[0] };

/* A megabyte of zeros, over and over, as base64 of gzip. */
static inline void hostile_put_gzip(struct ais_buf *out, size_t room)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    static unsigned char zeros[1 << 20], packed[8192];
    memset(zeros, 'a', sizeof zeros);
    z_stream stream = {
        .next_in = zeros, .avail_in = sizeof zeros, .next_out = packed, .avail_out = sizeof packed - 3
    };
    if (deflateInit2(&stream, 9, Z_DEFLATED, 16 + MAX_WBITS, 9, Z_DEFAULT_STRATEGY) != Z_OK)
        return;
    deflate(&stream, Z_FINISH);
    size_t n = (stream.total_out + 2) / 3 * 3;
    deflateEnd(&stream);
    for (size_t used = 0; used + n / 3 * 4 + 1 <= room; used += n / 3 * 4 + 1) {
        for (size_t i = 0; i < n; i += 3) {
            unsigned three = (unsigned)packed[i] << 16 | (unsigned)packed[i + 1] << 8 | packed[i + 2];
            for (int shift = 18; shift >= 0; shift -= 6)
                ais_buf_byte(out, digits[three >> shift & 63]);
        }
        ais_buf_byte(out, ' ');
    }
}

/* Replaces out by the body of one of them as this caller sends it; at most size bytes. */
static inline void hostile_put(struct ais_buf *out, const struct hostile *hostile, const struct hostile_caller *caller,
                               size_t size)
{
    enum { DEPTH = 60, TAIL = 16 };
    size_t n = strlen(hostile->piece);
    ais_buf_clear(out);
    ais_buf_format(out, "{\"tool_name\":\"%s\",\"tool_args\":{\"%s\":", caller->tool, caller->key);
    if (hostile->shape == HOSTILE_STRING) {
        ais_buf_format(out, "\"%s", hostile->first);
        while (out->length + n + strlen(hostile->last) + TAIL <= size)
            ais_buf_add(out, hostile->piece, n);
        ais_buf_format(out, "%s\"}}", hostile->last);
    } else if (hostile->shape == HOSTILE_GZIP) {
        ais_buf_byte(out, '"');
        hostile_put_gzip(out, size - out->length - TAIL);
        ais_buf_text(out, "\"}}");
    } else {
        bool deep = hostile->shape == HOSTILE_DEEP;
        ais_buf_text(out, "[\"\"");
        while (out->length + n + 2 * DEPTH + 2 * TAIL <= size) {
            ais_buf_byte(out, ',');
            for (int i = 0; deep && i < DEPTH; i++)
                ais_buf_byte(out, '[');
            ais_buf_format(out, "\"%s\"", hostile->piece);
            for (int i = 0; deep && i < DEPTH; i++)
                ais_buf_byte(out, ']');
        }
        ais_buf_text(out, "]}}");
    }
}

#endif

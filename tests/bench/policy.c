/* What a decision costs, what compiling costs, and starting with what an earlier compile left.
 *
 *     bench_policy [RULES...]      default 10 10000
 *     bench_policy -c CALL TIMES   decides that often about one of the calls, and prints nothing: for a profiler
 *
 * "whole" reads the body, decides (facts, scan, conditions) and writes the answer; "decide" is the engine alone. First
 * come calls of different kinds under the bundled packs. Then rules are generated: over words of the request and over
 * facts, with rare words only, and with common words before them (curl, python, rm, select) as real ones have. The
 * request is a shell call that holds all of these; of the rules either none matches it or five do. The ratio is to the
 * first number of rules. What compiling costs is measured in a process of its own. Time is that of the thread. */
#include "shared/policy/policy.h"
#include "rulepacks/bundled.h"

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { RUN_NS = 200 * 1000 * 1000, BATCH = 256, PACKS_MOST = 32 };

#define METADATA "\"metadata\":{\"user_id\":\"user123\",\"session_id\":\"sess456\"}}"

static const struct call {
    const char *name;
    double most_us; /* wanted; 0: nothing is */
    const char *body;
} calls[] = {
    {"shell",  10,
     "{\"tool_name\":\"bash\",\"tool_args\":{\"command\":\"cd /srv/app && git pull --ff-only && npm ci && npm test -- "
      "--reporter=dot 2>&1 | tail -n 40 && ls -l dist\"}," METADATA                              },
    { "sql",   60,
     "{\"tool_name\":\"run_query\",\"tool_args\":{\"sql\":\"SELECT o.id, o.total, c.name FROM orders o JOIN customers "
      "c "
      "ON c.id = o.customer_id WHERE c.region = 'EU' AND o.created_at > '2024-01-01' ORDER BY o.total DESC LIMIT "
      "50\"}," METADATA                                                                          },
    { "code",  0,
     "{\"tool_name\":\"python\",\"tool_args\":{\"code\":\"import json\\nimport math\\n\\ndef area(r):\\n    return "
      "math.pi * r "
      "** 2\\n\\nrows = [json.loads(line) for line in open('shapes.jsonl')]\\nprint(sum(area(row['radius']) for row in "
      "rows))\\n\"}," METADATA                                                                   },
    { "url",   0,
     "{\"tool_name\":\"http_get\",\"tool_args\":{\"url\":\"https://api.example.com/v2/items?category=books&page=3\","
      "\"headers\":{\"accept\":\"application/json\"}}," METADATA                                 },
    { "plain", 0,
     "{\"tool_name\":\"send_note\",\"tool_args\":{\"title\":\"Minutes\",\"body\":\"The meeting on Tuesday went well; "
      "we agreed "
      "to ship the new colours in June and to look at the figures again after that.\"}," METADATA},
};

/* What generated rules are about. */
static const char body[] =
    "{\"tool_name\":\"bash\",\"tool_args\":{\"command\":\"curl -s https://example.com/data.json | python3 -c 'import "
    "json' && rm -f /tmp/select.txt\"}," METADATA;

static const char *const common_words[] = { "curl ", "python3 ", "rm ", "select " };
static const char *const names[] = { "curl", "python3", "rm", "select" };
static const char *const in_the_request[] = {
    "tool_args.command|contains: 'curl -s'", "url.host: example.com", "shell.name: python3, shell.flags: c",
    "text|contains: 'import json'",          "path.extension: txt",
};

struct setting {
    bool common, matching;
};

struct bench {
    struct ais_policy *policy; /* owned */
    struct ais_engine *engine; /* owned */
    struct ais_arena *arena;   /* owned */
    struct ais_buf answer;     /* owned */
};

static void bench_done(struct bench *bench)
{
    ais_policy_unref(&bench->policy);
    ais_engine_destroy(&bench->engine);
    ais_arena_destroy(&bench->arena);
    ais_buf_done(&bench->answer);
}

static void stop(const char *what)
{
    fprintf(stderr, "bench_policy: %s\n", what);
    exit(1);
}

/* Nanoseconds of this thread alone: others may be busy beside it. */
static int64_t cpu_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* ---- rules ---- */

/* Seven letters that are in no request, different for each number. */
static void put_rare(struct ais_buf *out, size_t number)
{
    static const char letters[] = "bdfghjkqvwxyzBDFG";
    number = number * 2654435761U % 410338673U; /* 17 to the 7th */
    for (size_t i = 0; i < 7; i++, number /= 17)
        ais_buf_byte(out, letters[number % 17]);
}

/* The tests of a rule that does not match: name is a program of the request, or rare; word is before a blank. */
static void put_tests(struct ais_buf *out, size_t kind, const char *name, const char *word, const char *rare)
{
    switch (kind) {
    case 0: ais_buf_format(out, "tool_args.command|contains: '%s%s'", word, rare); break;
    case 1: ais_buf_format(out, "tool_args.command|re: '\\b%s[^|]*%s'", word, rare); break;
    case 2: ais_buf_format(out, "tool_args.**|contains|all: ['%s', '%s']", word[0] != '\0' ? word : rare, rare); break;
    case 3: ais_buf_format(out, "shell.name: %s, shell.args|contains: '%s'", name, rare); break;
    case 4: ais_buf_format(out, "shell.command|re: '^%s .*%s'", name, rare); break;
    case 5: ais_buf_format(out, "text|contains: '%s%s'", word, rare); break;
    case 6: ais_buf_format(out, "url.host|endswith: '%s.example.com', url.path|contains: '%s'", rare, name); break;
    default: ais_buf_format(out, "path.name: '%s.%s'", name, rare); break;
    }
}

static void put_rule(struct ais_buf *out, size_t i, struct setting setting)
{
    enum { KINDS = 8 };
    AUTO(ais_buf_done) struct ais_buf rare = { 0 };
    size_t which = (i + i / KINDS) % N_ELEMS(names);
    put_rare(&rare, i);
    ais_buf_add(&rare, "", 0);
    ais_buf_format(out, "- {id: r%zu, title: T, tools: [bash, '*shell*'], detection: {s: {", i);
    if (setting.matching && i < N_ELEMS(in_the_request))
        ais_buf_text(out, in_the_request[i]);
    else
        put_tests(out, i % KINDS, setting.common ? names[which] : rare.data, setting.common ? common_words[which] : "",
                  rare.data);
    ais_buf_text(out, "}, condition: s}}\n");
}

static struct ais_policy *compile(const struct ais_pack_source *packs, size_t n, struct ais_policy_cache *cache)
{
    const struct ais_policy_options options = { .default_action = AIS_ACTION_ALLOW, .cache = cache };
    struct ais_policy *policy = NULL;
    struct ais_diagnostics diagnostics = { 0 };
    struct ais_why why = { 0 };
    if (ais_policy_compile(packs, n, &options, &policy, &diagnostics, &why) != AIS_OK)
        stop(why.text);
    ais_diagnostics_done(&diagnostics);
    return policy;
}

static struct ais_policy *compile_bundled(void)
{
    struct ais_pack_source packs[PACKS_MOST];
    if (ais_bundled_pack_count > PACKS_MOST)
        stop("too many bundled packs");
    for (size_t i = 0; i < ais_bundled_pack_count; i++) {
        const struct ais_bundled_pack *pack = &ais_bundled_packs[i];
        packs[i] = (struct ais_pack_source){ pack->name, pack->bytes, pack->size, true, AIS_PACK_SYSTEM };
    }
    return compile(packs, ais_bundled_pack_count, NULL);
}

static void put_pack(struct ais_buf *out, size_t rules, struct setting setting)
{
    ais_buf_text(out, "name: bench\nversion: 1.0.0\ndefaults: {action: block}\nrules:\n");
    for (size_t i = 0; i < rules; i++)
        put_rule(out, i, setting);
    if (out->failed)
        stop("out of memory");
}

static struct ais_policy *compile_generated(size_t rules, struct setting setting, struct ais_policy_cache *cache)
{
    AUTO(ais_buf_done) struct ais_buf document = { 0 };
    put_pack(&document, rules, setting);
    const struct ais_pack_source pack = { "bench", document.data, document.length, true, AIS_PACK_CUSTOM };
    return compile(&pack, 1, cache);
}

/* ---- decisions ---- */

static void read_request(struct bench *bench, const char *text, size_t n, struct ais_request *ret)
{
    ais_arena_reset(bench->arena);
    if (ais_request_read(bench->arena, text, n, ret, NULL, NULL) != AIS_OK)
        stop("the request is none");
}

static size_t decide(struct bench *bench, const struct ais_request *request, bool writes)
{
    struct ais_decision decision;
    struct ais_question question = { .request = request };
    if (ais_decide(bench->engine, bench->policy, &question, &decision, NULL) != AIS_OK)
        stop("no decision");
    ais_buf_clear(&bench->answer);
    if (writes)
        ais_decision_write(&bench->answer, &decision, "0123456789abcdef0123456789abcdef");
    return decision.match_count;
}

/* Nanoseconds a decision, the best of many batches: what disturbs only ever adds. */
static double measure(struct bench *bench, const char *text, bool whole)
{
    struct ais_request request;
    double best = 1e18;
    size_t n = strlen(text);
    read_request(bench, text, n, &request);
    for (int64_t end = cpu_ns() + RUN_NS, now = 0; now < end;) {
        int64_t begin = cpu_ns();
        for (int i = 0; i < BATCH; i++) {
            if (whole)
                read_request(bench, text, n, &request);
            decide(bench, &request, whole);
        }
        now = cpu_ns();
        double each = (double)(now - begin) / BATCH;
        best = each < best ? each : best;
    }
    return best;
}

static void print_calls(void)
{
    AUTO(bench_done)
    struct bench bench = { .policy = compile_bundled(), .engine = ais_engine_new(), .arena = ais_arena_new(0) };
    struct ais_policy_stats stats;
    struct ais_request request;
    ais_policy_stats(bench.policy, &stats);
    printf("%zu bundled packs: %zu rules, %zu literals, %zu rules that are always looked at\n", stats.packs,
           stats.rules, stats.literals, stats.always_rules);
    printf("%-6s %6s %7s %10s %10s %10s\n", "call", "bytes", "matches", "decide us", "whole us", "wanted us");
    for (size_t i = 0; i < N_ELEMS(calls); i++) {
        const char *text = calls[i].body;
        read_request(&bench, text, strlen(text), &request);
        size_t matches = decide(&bench, &request, true);
        double alone = measure(&bench, text, false), whole = measure(&bench, text, true);
        printf("%-6s %6zu %7zu %10.2f %10.2f", calls[i].name, strlen(text), matches, alone / 1e3, whole / 1e3);
        if (calls[i].most_us > 0)
            printf(" %9s%.0f", "< ", calls[i].most_us);
        printf("\n");
    }
}

/* For a profiler: one call, so many times. */
static void repeat(const char *name, unsigned long times)
{
    AUTO(bench_done)
    struct bench bench = { .policy = compile_bundled(), .engine = ais_engine_new(), .arena = ais_arena_new(0) };
    const char *text = NULL;
    struct ais_request request;
    for (size_t i = 0; i < N_ELEMS(calls); i++)
        text = strcmp(calls[i].name, name) == 0 ? calls[i].body : text;
    if (text == NULL)
        stop("there is no such call");
    for (unsigned long i = 0; i < times; i++) {
        read_request(&bench, text, strlen(text), &request);
        decide(&bench, &request, true);
    }
}

static double run(size_t rules, struct setting setting, double base)
{
    AUTO(bench_done) struct bench bench = { .engine = ais_engine_new(), .arena = ais_arena_new(0) };
    struct ais_policy_stats stats;
    struct ais_request request;
    bench.policy = compile_generated(rules, setting, NULL);
    read_request(&bench, body, sizeof body - 1, &request);
    size_t matches = decide(&bench, &request, true);
    if (matches != (setting.matching ? N_ELEMS(in_the_request) : 0))
        stop("the wrong number of rules matches");
    ais_policy_stats(bench.policy, &stats);
    double alone = measure(&bench, body, false), whole = measure(&bench, body, true);
    printf("%6zu %-6s %7zu %10.2f %10.2f %6.2f %7s %7zu\n", rules, setting.common ? "common" : "rare", matches,
           alone / 1e3, whole / 1e3, base > 0 ? whole / base : 1.0,
           base <= 0          ? ""
           : setting.matching ? "<= 2.0"
                              : "<= 1.2",
           stats.always_rules);
    return whole;
}

/* ---- compiling ---- */

static double resident_mb(void)
{
    long pages = 0, all = 0;
    FILE *statm = fopen("/proc/self/statm", "re");
    if (statm == NULL || fscanf(statm, "%ld %ld", &all, &pages) != 2)
        stop("/proc/self/statm");
    (void)fclose(statm); /* only read */
    return (double)pages * (double)sysconf(_SC_PAGESIZE) / 1e6;
}

/* In a process that has done nothing else. Twice: as it is, and with what the first one left. */
static void print_compile_here(size_t rules)
{
    const struct setting setting = { .common = true };
    struct ais_policy_cache cache = { 0 };
    double ms[2], after[2];
    struct rusage usage[2];
    for (int i = 0; i < 2; i++) {
        int64_t begin = cpu_ns();
        struct ais_policy *policy = compile_generated(rules, setting, &cache);
        ms[i] = (double)(cpu_ns() - begin) / 1e6;
        if (cache.used != (i == 1))
            stop("the cache is not used");
        malloc_trim(0);
        after[i] = resident_mb();
        if (getrusage(RUSAGE_SELF, &usage[i]) != 0)
            stop("getrusage");
        ais_policy_unref(&policy);
    }
    printf("%6zu rules: compiled in %.0f ms (< 5000), peak %.0f MB (< 150), %.0f MB after (< 64); from what that left "
           "(%.1f MB) in %.0f ms (< 1000)\n",
           rules, ms[0], (double)usage[0].ru_maxrss * 1024 / 1e6, after[0], (double)cache.packed.length / 1e6, ms[1]);
    ais_buf_done(&cache.packed);
}

static void print_compile(size_t rules)
{
    int status = 0;
    (void)fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        print_compile_here(rules);
        (void)fflush(stdout);
        _exit(0);
    }
    if (child < 0 || waitpid(child, &status, 0) != child || status != 0)
        stop("compiling failed");
}

int main(int argc, char **argv)
{
    static char *defaults[] = { "10", "10000" };
    char **counts = argc > 1 ? argv + 1 : defaults;
    int n = argc > 1 ? argc - 1 : (int)N_ELEMS(defaults);
    if (argc == 4 && strcmp(argv[1], "-c") == 0) {
        repeat(argv[2], strtoul(argv[3], NULL, 10));
        return 0;
    }
    for (int k = 0; k < n; k++)
        print_compile(strtoul(counts[k], NULL, 10));
    print_calls();
    printf("%6s %-6s %7s %10s %10s %6s %7s %7s\n", "rules", "words", "matches", "decide us", "whole us", "ratio",
           "wanted", "always");
    for (int i = 0; i < 4; i++) {
        struct setting setting = { .common = i % 2 == 1, .matching = i >= 2 };
        double base = 0;
        for (int k = 0; k < n; k++) {
            double whole = run(strtoul(counts[k], NULL, 10), setting, base);
            base = base > 0 ? base : whole;
        }
    }
    return 0;
}

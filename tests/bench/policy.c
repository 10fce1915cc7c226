/* What a decision costs, by the number of rules, and what compiling costs.
 *
 *     bench_policy [RULES...]      default 10 100 1000 10000
 *
 * Rules are generated: with rare words only, and with patterns that begin with common words (curl, python3, rm, select)
 * as real ones do. The request is a shell call of 200 bytes that holds all four; of the rules either none matches it or
 * five do. "decide" is the engine alone, "whole" reads the body, decides and writes the answer. The ratio is to the
 * first number of rules. */
#include "shared/policy/policy.h"
#include "shared/sys/clock.h"

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

enum { RUN_NS = 200 * 1000 * 1000, BATCH = 256 };

static const char body[] =
    "{\"tool_name\":\"bash\",\"tool_args\":{\"command\":\"curl -s https://example.com/data.json | python3 -c 'import "
    "json' && rm -f /tmp/select.txt\"},\"metadata\":{\"user_id\":\"user123\",\"session_id\":\"sess456\"}}";

static const char *const common_words[] = { "curl ", "python3 ", "rm ", "select " };
static const char *const in_the_request[] = { "curl -s", "https://", "python3 -c", "import json", "rm -f" };

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

/* Seven letters that are in no request, different for each number. */
static void put_rare(struct ais_buf *out, size_t number)
{
    static const char letters[] = "bdfghjkqvwxyzBDFG";
    number = number * 2654435761U % 410338673U; /* 17 to the 7th */
    for (size_t i = 0; i < 7; i++, number /= 17)
        ais_buf_byte(out, letters[number % 17]);
}

static void put_rule(struct ais_buf *out, size_t i, struct setting setting)
{
    AUTO(ais_buf_done) struct ais_buf rare = { 0 };
    const char *word = setting.common ? common_words[i % N_ELEMS(common_words)] : "";
    put_rare(&rare, i);
    ais_buf_format(out, "- {id: r%zu, title: T, tools: [bash, '*shell*'], detection: {s: {", i);
    if (setting.matching && i < N_ELEMS(in_the_request))
        ais_buf_format(out, "tool_args.command|contains: '%s'", in_the_request[i]);
    else if (i / 4 % 4 == 0)
        ais_buf_format(out, "tool_args.command|contains: '%s%s'", word, rare.data);
    else if (i / 4 % 4 == 1)
        ais_buf_format(out, "tool_args.command|re: '\\b%s[^|]*%s'", word, rare.data);
    else if (i / 4 % 4 == 2)
        ais_buf_format(out, "tool_args.**|contains|all: ['%s', '%s']", word[0] != '\0' ? word : rare.data, rare.data);
    else
        ais_buf_format(out, "tool_args.command|re: '(^|[;&| ])%s(-\\w+ )*%s'", word, rare.data);
    ais_buf_text(out, "}, condition: s}}\n");
}

static struct ais_policy *compile(size_t rules, struct setting setting)
{
    static const struct ais_policy_options options = { .default_action = AIS_ACTION_ALLOW };
    AUTO(ais_buf_done) struct ais_buf document = { 0 };
    struct ais_policy *policy = NULL;
    struct ais_diagnostics diagnostics = { 0 };
    struct ais_why why = { 0 };
    ais_buf_text(&document, "name: bench\nversion: 1.0.0\ndefaults: {action: block}\nrules:\n");
    for (size_t i = 0; i < rules; i++)
        put_rule(&document, i, setting);
    struct ais_pack_source pack = { "bench", document.data, document.length, true, AIS_PACK_CUSTOM };
    if (ais_policy_compile(&pack, 1, &options, &policy, &diagnostics, &why) != AIS_OK)
        stop(why.text);
    ais_diagnostics_done(&diagnostics);
    return policy;
}

static void read_request(struct bench *bench, struct ais_request *ret)
{
    ais_arena_reset(bench->arena);
    if (ais_request_read(bench->arena, body, sizeof body - 1, ret, NULL, NULL) != AIS_OK)
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
static double measure(struct bench *bench, bool whole)
{
    struct ais_request request;
    double best = 1e18;
    read_request(bench, &request);
    for (int64_t end = ais_clock_mono() + RUN_NS, now = 0; now < end;) {
        int64_t begin = ais_clock_mono();
        for (int i = 0; i < BATCH; i++) {
            if (whole)
                read_request(bench, &request);
            decide(bench, &request, whole);
        }
        now = ais_clock_mono();
        double each = (double)(now - begin) / BATCH;
        best = each < best ? each : best;
    }
    return best;
}

static double run(size_t rules, struct setting setting, double base)
{
    AUTO(bench_done) struct bench bench = { .engine = ais_engine_new(), .arena = ais_arena_new(0) };
    struct ais_policy_stats stats;
    struct ais_request request;
    size_t before = mallinfo2().uordblks + mallinfo2().hblkhd;
    int64_t begin = ais_clock_mono();
    bench.policy = compile(rules, setting);
    double compile_ms = (double)(ais_clock_mono() - begin) / 1e6;
    double megabytes = (double)(mallinfo2().uordblks + mallinfo2().hblkhd - before) / 1e6;
    read_request(&bench, &request);
    size_t matches = decide(&bench, &request, true);
    if (matches != (setting.matching ? N_ELEMS(in_the_request) : 0))
        stop("the wrong number of rules matches");
    ais_policy_stats(bench.policy, &stats);
    double alone = measure(&bench, false), whole = measure(&bench, true);
    printf("%6zu %-6s %7zu %10.0f %10.0f %6.2f %10.1f %8.1f %7zu\n", rules, setting.common ? "common" : "rare", matches,
           alone, whole, base > 0 ? whole / base : 1.0, compile_ms, megabytes, stats.always_rules);
    return whole;
}

int main(int argc, char **argv)
{
    static char *defaults[] = { "10", "100", "1000", "10000" };
    char **counts = argc > 1 ? argv + 1 : defaults;
    int n = argc > 1 ? argc - 1 : (int)N_ELEMS(defaults);
    printf("%6s %-6s %7s %10s %10s %6s %10s %8s %7s\n", "rules", "words", "matches", "decide ns", "whole ns", "ratio",
           "compile ms", "MB", "always");
    for (int i = 0; i < 4; i++) {
        struct setting setting = { .common = i % 2 == 1, .matching = i >= 2 };
        double base = 0;
        for (int k = 0; k < n; k++) {
            double whole = run(strtoul(counts[k], NULL, 10), setting, base);
            base = base > 0 ? base : whole;
        }
    }
    struct rusage usage;
    if (getrusage(RUSAGE_SELF, &usage) == 0)
        printf("peak memory of all runs: %.0f MB\n", (double)usage.ru_maxrss / 1e3);
    return 0;
}

/* What the tests of the registry share: one between a gateway that subscribes and asks and an auditor that is told,
 * both sockets of this thread, over a data directory with a past. Each message is waited for with a deadline. */
#ifndef AIS_TESTS_REGISTRY_FIXTURE_H
#define AIS_TESTS_REGISTRY_FIXTURE_H

#include "services/registry/registry.h"
#include "shared/store/keys.h"
#include "tests/unit/test.h"

enum { PATIENCE_MS = 20000 };

#define PACK(name, version)             \
    "name: " name "\nversion: " version \
    "\nrules:\n  - {id: zap, title: No zapping, tools: [zap], action: block, severity: high}\n"
#define BETA PACK("beta", "2.0.0")

/* The ring around one registry. */
struct ring {
    char *dir; /* owned */
    struct ais_endpoints endpoints;
    struct ais_store *store; /* owned */
    zactor_t *registry;      /* owned */
    zsock_t *auditor, *releases, *gateway;
    struct ais_key_made keys[2]; /* the second only from generation 2 of the document on */
};

/* A ring with a store alone, which holds both packs and the first key; and one with a running registry and its peers.
 */
int setup(void **state);
int setup_running(void **state);
int teardown(void **state);

/* Puts a copy of one file of the store in the place of another. Beside the documents, of generation 1, stand as files
 * what earlier and later ones look like: "keys-1"; "keys-2", which knows a second key; "packs-1"; "packs-2", which
 * holds a faulty pack. */
void copy_file(struct ais_store *store, const char *from, const char *to);

/* Starts the registry, which may refuse. */
enum ais_err try_registry(struct ring *ring, struct ais_why *why);

/* Starts it beside the auditor's releases. */
void start_registry(struct ring *ring);

/* From now on there is an auditor to tell. */
void bind_auditor(struct ring *ring);

/* The next message on a socket of this role, which must be this one. Ends with ais_wire_done. */
void receive(zsock_t *socket, enum ais_role me, enum ais_message want, struct ais_received *ret);

/* The gateway subscribes, and knows this version of the protocol alone. */
void subscribe(struct ring *ring, unsigned version);

/* The next snapshot: whether it knows these keys. */
void expect_snapshot(struct ring *ring, bool first, bool second);

/* The auditor is told of this generation of a document. */
void expect_anchor(struct ring *ring, const char *document, uint64_t generation);

/* The next event, which is then recorded. */
void expect_event(struct ring *ring, const char *kind);

/* What every start tells the auditor here. */
void expect_start(struct ring *ring);

struct question {
    const char *what, *args; /* '|' stands for NUL */
    unsigned status;
    bool partly;
    const char *want;
};

/* Which packs there are: those of generation 1. */
#define QUESTION_IN_FORCE                                                                                            \
    {                                                                                                                \
        "rulepacks", "", 200, true, "{\"rulepacks\":[{\"name\":\"alpha\",\"version\":\"1.0.0\",\"kind\":\"system\"," \
    }

/* Asks, and checks the answer: equal to want, or, with partly, holding it. */
void expect_answer(struct ring *ring, const struct question *question, const char *args, size_t args_size);

/* All that the registry was told before is done, and it has nothing more to say. */
void expect_silence(struct ring *ring);

#endif

/* Facts of who asks: what the API key says (nobody can talk their way around that), and the session and agent that
 * the request names. */
#include "shared/policy/facts/fact.h"

#define CALLER_FACT(name, member)                                                                       \
    void name(const struct ais_question *question, const struct ais_path *path, struct ais_values *ret) \
    {                                                                                                   \
        (void)path;                                                                                     \
        ais_values_add_text(ret, question->caller.member);                                              \
    }

CALLER_FACT(ais_fact_caller_key, key_id)
CALLER_FACT(ais_fact_caller_name, name)
CALLER_FACT(ais_fact_caller_user, user)
CALLER_FACT(ais_fact_caller_agent, agent)
CALLER_FACT(ais_fact_caller_environment, environment)

void ais_fact_session_id(const struct ais_question *question, const struct ais_path *path, struct ais_values *ret)
{
    (void)path;
    if (question->request->session_id != NULL)
        ais_values_add_node(ret, question->request->session_id);
}

/* An agent that is pinned to the key holds, whatever the request says. */
void ais_fact_agent_id(const struct ais_question *question, const struct ais_path *path, struct ais_values *ret)
{
    (void)path;
    if (question->caller.agent != NULL)
        ais_values_add_text(ret, question->caller.agent);
    else if (question->request->agent_id != NULL)
        ais_values_add_node(ret, question->request->agent_id);
}

void ais_caller_texts(const struct ais_question *question, struct ais_values *ret)
{
    const struct ais_caller *caller = &question->caller;
    const char *const texts[] = { caller->key_id, caller->name, caller->user, caller->agent, caller->environment };
    for (size_t i = 0; i < N_ELEMS(texts); i++)
        ais_values_add_text(ret, texts[i]);
}

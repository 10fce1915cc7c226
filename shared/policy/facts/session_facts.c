/* Facts of what the session did before this call. Absent without a session; unknown where its past is. */
#include "shared/policy/facts/fact.h"

void ais_fact_session_calls(const struct ais_question *question, const struct ais_path *path, struct ais_values *ret)
{
    (void)path;
    if (question->session == NULL)
        return;
    if (question->session->unknown != NULL)
        ret->unknown = question->session->unknown;
    else
        ais_values_add_number(ret, (size_t)question->session->calls);
}

void ais_session_texts(const struct ais_question *question, struct ais_values *ret)
{
    const struct ais_session *session = question->session;
    for (size_t i = 0; session != NULL && i < session->tool_count; i++)
        ais_values_add(ret, AIS_VALUE_STRING, session->tools[i].data, session->tools[i].size);
    if (session != NULL && session->unknown != NULL)
        ret->unknown = session->unknown;
}

/* The tools that are known are certain, whatever else there was. */
void ais_fact_session_tools(const struct ais_question *question, const struct ais_path *path, struct ais_values *ret)
{
    (void)path;
    ais_session_texts(question, ret);
}

bool ais_fact_is_of_session(const struct ais_fact *fact)
{
    return fact->values == ais_fact_session_calls || fact->values == ais_fact_session_tools;
}

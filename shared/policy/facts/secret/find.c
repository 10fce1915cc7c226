#include "shared/policy/facts/secret/find.h"

void ais_secret_tell(struct ais_secret_search *search, const char *begin, size_t length, const char *kind)
{
    const struct ais_secret secret = { (size_t)(begin - search->text), length, kind };
    search->found(search->arg, &secret);
}

void ais_secret_kinds(struct ais_secret_search *search)
{
    ais_secret_formats(search);
    ais_secret_blocks(search);
    ais_secret_assignments(search);
    ais_secret_options(search);
}

void ais_secrets_find(struct ais_secret_search *search)
{
    struct ais_shape shape;
    const struct ais_shape *given = search->shape;
    if (search->n == 0)
        return;
    if (given == NULL) {
        shape = ais_shape_of(search->text, search->n);
        search->shape = &shape;
    }
    ais_secret_kinds(search);
    if (ais_shape_has(search->shape, AIS_BYTE_HIGH))
        ais_secret_parted(search);
    search->shape = given;
}

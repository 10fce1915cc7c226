/* Samples: a few characters of what a request says, fit to be shown. What looks like a credential or personal data is
 * never among them: every place that the parts SECRET and PII would find, in the request or in what its encoded layers
 * hide, is known before the first sample is written, and masked wherever it, or a piece of it, turns up again. So is
 * what the operator withholds; and where something is withheld, what a part made of the request is shown only if it
 * stands, as it is, in the rest of the request too. */
#ifndef AIS_SHARED_POLICY_EXPLAIN_MASK_H
#define AIS_SHARED_POLICY_EXPLAIN_MASK_H

#include "shared/mem/buf.h"
#include "shared/policy/explain/withheld.h"
#include "shared/policy/facts/view.h"

enum {
    AIS_SAMPLE_SHOWN = 120,   /* bytes of a value that one sample shows */
    AIS_SECRETS_MOST = 256,   /* places that are remembered; with more, no sample shows anything */
    AIS_MASK_WORK = 16 << 20, /* bytes that may be looked at for all samples; beyond it they show nothing */
};

struct ais_mask {
    struct ais_mask_secret {
        const char *text; /* borrowed from the request or the view's arena */
        size_t n;
        const char *kind; /* a literal */
    } secrets[AIS_SECRETS_MOST];
    size_t count;
    bool full;    /* there were more, or they were not all looked for */
    bool decoded; /* what is remembered now stands in a layer */
    bool layered; /* one stands in an encoded layer, so the text that encodes it tells it too */
    size_t work;
    const struct ais_question *question; /* borrowed */
    const struct ais_withheld *withheld; /* borrowed; NULL: nothing is */
    unsigned char pieces[1 << 13];       /* a bit for each hash of a piece of a secret: most samples hold none */
};

/* Finds the credentials and personal data of the view's request, and adds what is withheld (NULL: nothing). Makes the
 * view's part TEXT. Look at view->failed. */
void ais_mask_begin(struct ais_mask *mask, struct ais_view *view, const struct ais_withheld *withheld);

/* A value of which a sample is wanted. */
struct ais_sampled {
    const char *key; /* the name of the member that it stands in, as far as known; "" */
    const char *text;
    size_t n;
    size_t at, length; /* what of it matters most: the sample is cut around that */
    bool derived;      /* a part made it of the request */
};

/* Appends the sample as one line of text: ... where it was cut, [kind] for what was masked, controls as \uXXXX. */
void ais_mask_sample(struct ais_mask *mask, const struct ais_sampled *sampled, struct ais_buf *out);

#endif

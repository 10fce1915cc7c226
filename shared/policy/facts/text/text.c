/* The part TEXT: every string of the request folded, and what is hidden in layers of encoding, folded as well. */
#include "shared/policy/facts/text/fold.h"
#include "shared/policy/facts/text/layers.h"

enum {
    DEPTH_MOST = 3,           /* layers within layers */
    DECODED_MOST = 256 << 10, /* bytes of all layers together */
    STEPS_A_TEXT = 128,       /* whatever its length */
    STEPS_A_BYTE = 5,         /* to fold ASCII, and to look for layers */
};

struct reading {
    struct ais_view *view;
    struct ais_part *part;
    struct ais_layers layers;
    unsigned depth;
    bool deeper; /* a layer within the last that is read was left */
};

static void read_text(struct reading *reading, const char *text, size_t n, const struct ais_shape *shape);

static void on_layer(void *arg, enum ais_text_list kind, const char *text, size_t n)
{
    struct reading *reading = arg;
    if (reading->depth == DEPTH_MOST) {
        reading->deeper = true;
        return;
    }
    ais_part_add(reading->view, reading->part, kind, AIS_VALUE_STRING, text, n);
    const struct ais_shape shape = ais_shape_of(text, n);
    reading->depth++;
    read_text(reading, text, n, &shape);
    reading->depth--;
}

static void read_text(struct reading *reading, const char *text, size_t n, const struct ais_shape *shape)
{
    const char *folded;
    size_t length;
    if (!ais_part_spend(reading->view, reading->part, STEPS_A_TEXT + STEPS_A_BYTE * n)) {
        ais_part_add(reading->view, reading->part, AIS_TEXT_FOLDED, AIS_VALUE_STRING, text, n);
        return;
    }
    ais_text_fold(reading->view, reading->part, text, n, shape, true, &folded, &length);
    ais_part_add(reading->view, reading->part, AIS_TEXT_FOLDED, AIS_VALUE_STRING, folded, length);
    ais_layers_find(&reading->layers, text, n, shape);
}

static bool on_string(void *arg, const struct ais_view_string *string)
{
    struct reading *reading = arg;
    read_text(reading, string->text, string->length, &string->shape);
    return !reading->view->failed;
}

void ais_understand_TEXT(struct ais_view *view, struct ais_part *ret)
{
    struct reading reading = { .view = view, .part = ret };
    reading.layers = (struct ais_layers){ .view = view, .room = DECODED_MOST, .found = on_layer, .arg = &reading };
    ais_view_strings(view, ret, on_string, &reading);
    if (reading.layers.full && ret->unknown == NULL)
        ret->unknown = "more than 256 KiB of encoded text";
    if (reading.deeper && ret->unknown == NULL)
        ret->unknown = "text that is encoded more than three times";
}

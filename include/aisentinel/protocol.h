/* Constants of the ZeroMQ protocol between clients and AISentinel Offline.
 *
 * A REQ socket sends four frames, [AIS_PROTOCOL, API key, AIS_VERB_PREFLIGHT, JSON], and receives three,
 * [AIS_PROTOCOL, status, JSON], where status is an HTTP status in decimal and JSON what REST would answer. */
#ifndef AISENTINEL_PROTOCOL_H
#define AISENTINEL_PROTOCOL_H

#define AIS_PROTOCOL       "AIS1"
#define AIS_VERB_PREFLIGHT "PREFLIGHT" /* three frames before it: protocol, key, verb; then the request */
#define AIS_VERB_PING      "PING"      /* the request may be left out */

#define AIS_BODY_MAX    (1 << 20) /* bytes of a request; more is answered 413 */
#define AIS_MESSAGE_MAX (4 << 20) /* bytes of a whole message; more is dropped by the transport */

#endif

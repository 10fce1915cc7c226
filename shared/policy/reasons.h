/* Every reason that an answer can give, once. A rule's own is made when it is compiled. */
#ifndef AIS_SHARED_POLICY_REASONS_H
#define AIS_SHARED_POLICY_REASONS_H

#define AIS_REASON_RULE           "Blocked by %s rule: %s" /* rule id, title */
#define AIS_REASON_ALLOWED        "Action passes all safety checks"
#define AIS_REASON_NOT_UNDERSTOOD "Not understood: %s: %s" /* fact, why */
#define AIS_REASON_TOKEN          "Approval token: %s"     /* words of enum ais_token */
#define AIS_REASON_DEFAULT        "Default action: %s"     /* words of enum ais_action */

#endif

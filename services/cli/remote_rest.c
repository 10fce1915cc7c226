#include "services/cli/remote.h"
#include "shared/conf/check.h"
#include "shared/mem/secret.h"

#include <curl/curl.h>
#include <stdio.h>
#include <string.h>

#define PREFLIGHT_PATH "/api/v1/preflight"

enum { CONNECT_MS = 5000 };

/* One request. */
struct asking {
    CURL *curl;                 /* owned */
    CURLU *url;                 /* owned */
    struct curl_slist *headers; /* owned; one holds the key */
    struct ais_buf *answer;     /* borrowed */
    bool too_long;
    char reason[CURL_ERROR_SIZE];
};

static void asking_done(struct asking *self)
{
    for (struct curl_slist *header = self->headers; header != NULL; header = header->next)
        ais_secret_wipe(header->data, strlen(header->data));
    curl_slist_free_all(self->headers);
    curl_easy_cleanup(self->curl);
    curl_url_cleanup(self->url);
}

static size_t on_bytes(char *bytes, size_t one, size_t n, void *context)
{
    struct asking *self = context;
    (void)one;
    self->too_long = n > CLI_ANSWER_MOST - self->answer->length;
    if (self->too_long)
        return 0;
    ais_buf_add(self->answer, bytes, n);
    return self->answer->failed ? 0 : n;
}

static bool stays_here(const char *host)
{
    char address[64];
    size_t n = strlen(host);
    bool bracketed = n > 2 && host[0] == '[' && host[n - 1] == ']';
    snprintf(address, sizeof address, "%.*s", (int)(bracketed ? n - 2 : n), bracketed ? host + 1 : host);
    return strcmp(host, "localhost") == 0 || ais_address_is_loopback(address);
}

/* Completes the URL with the path of the call. *ret_here: it leads to this machine. */
static enum ais_err read_url(struct asking *self, const char *text, bool *ret_here, struct ais_why *why)
{
    char *scheme = NULL, *host = NULL, *path = NULL, whole[1024] = "";
    bool known = curl_url_set(self->url, CURLUPART_URL, text, 0) == CURLUE_OK &&
                 curl_url_get(self->url, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK &&
                 curl_url_get(self->url, CURLUPART_HOST, &host, 0) == CURLUE_OK &&
                 curl_url_get(self->url, CURLUPART_PATH, &path, 0) == CURLUE_OK && strlen(path) < 512;
    if (known) {
        size_t n = strlen(path);
        while (n > 0 && path[n - 1] == '/')
            n--;
        snprintf(whole, sizeof whole, "%.*s%s", (int)n, path, PREFLIGHT_PATH);
        known = curl_url_set(self->url, CURLUPART_PATH, whole, 0) == CURLUE_OK &&
                (strcmp(scheme, "http") == 0 || strcmp(scheme, "https") == 0);
    }
    *ret_here = known && stays_here(host);
    bool open = known && strcmp(scheme, "http") == 0 && !*ret_here;
    curl_free(scheme);
    curl_free(host);
    curl_free(path);
    if (!known)
        return ais_fail(why, AIS_E_USAGE, "--url: '%.120s' is not accepted; it takes http://HOST:PORT or https://HOST",
                        text);
    if (open)
        return ais_fail(why, AIS_E_USAGE,
                        "--url: '%.120s' would carry the API key over the network in clear text; use https://", text);
    return AIS_OK;
}

static enum ais_err add_header(struct asking *self, const char *header, struct ais_why *why)
{
    struct curl_slist *grown = curl_slist_append(self->headers, header);
    if (grown == NULL)
        return ais_fail(why, AIS_E_NOMEM, "no memory for a request");
    self->headers = grown;
    return AIS_OK;
}

static enum ais_err add_headers(struct asking *self, const char *key, struct ais_why *why)
{
    static const char bearer[] = "Authorization: Bearer ";
    size_t size = sizeof bearer + strlen(key);
    char *header = ais_secret_alloc(size);
    if (header == NULL)
        return ais_fail(why, AIS_E_NOMEM, "no locked memory for a request");
    snprintf(header, size, "%s%s", bearer, key);
    enum ais_err err = add_header(self, header, why);
    ais_secret_free(header);
    TRY(err);
    TRY(add_header(self, "Content-Type: application/json", why));
    return add_header(self, "Expect:", why);
}

/* Authorities that are named are the only ones. */
static bool trust(struct asking *self, const struct cli_question *question)
{
    return question->ca_file == NULL || (curl_easy_setopt(self->curl, CURLOPT_CAINFO, question->ca_file) == CURLE_OK &&
                                         curl_easy_setopt(self->curl, CURLOPT_CAPATH, NULL) == CURLE_OK);
}

/* No redirect is followed, as it would take the key along; no proxy stands between two ends of one machine. */
static bool set_options(struct asking *self, const struct cli_question *question, bool here)
{
    CURL *curl = self->curl;
    return curl_easy_setopt(curl, CURLOPT_CURLU, self->url) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https") == CURLE_OK &&
           (!here || curl_easy_setopt(curl, CURLOPT_PROXY, "") == CURLE_OK) &&
           curl_easy_setopt(curl, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2) == CURLE_OK &&
           trust(self, question) && curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_MS) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)CLI_ANSWER_MS) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_HTTPHEADER, self->headers) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)question->size) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_POSTFIELDS, question->body) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_bytes) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_WRITEDATA, self) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, self->reason) == CURLE_OK;
}

enum ais_err cli_ask_rest(const char *url, const struct cli_question *question, int *ret_status, struct ais_buf *answer,
                          struct ais_why *why)
{
    AUTO(asking_done) struct asking self = { .curl = curl_easy_init(), .url = curl_url(), .answer = answer };
    bool here = false;
    long status = 0;
    if (self.curl == NULL || self.url == NULL)
        return ais_fail(why, AIS_E_NOMEM, "no memory for a request");
    TRY(read_url(&self, url, &here, why));
    TRY(add_headers(&self, question->key, why));
    if ((question->explain && curl_url_set(self.url, CURLUPART_QUERY, "explain=true", 0) != CURLUE_OK) ||
        !set_options(&self, question, here))
        return ais_fail(why, AIS_E_INTERNAL, "libcurl refuses an option");
    CURLcode code = curl_easy_perform(self.curl);
    if (self.too_long)
        return ais_fail(why, AIS_E_NETWORK, "'%.120s' answers with more than %d bytes", url, CLI_ANSWER_MOST);
    if (code != CURLE_OK || curl_easy_getinfo(self.curl, CURLINFO_RESPONSE_CODE, &status) != CURLE_OK)
        return ais_fail(why, AIS_E_NETWORK, "'%.120s': %s", url,
                        self.reason[0] != '\0' ? self.reason : curl_easy_strerror(code));
    *ret_status = (int)status;
    return AIS_OK;
}

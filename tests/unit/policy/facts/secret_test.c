/* The part SECRET: credentials by their formats, blocks and names, and what looks like them. No token stands here that
 * a scanner could take for one: they are built, with their checksums. */
#include "shared/policy/facts/secret/checks.h"
#include "shared/policy/facts/secret/find.h"
#include "tests/unit/policy/facts/part.h"

enum digits { ALNUM, HEX, URL, BASE32 };
enum check { NONE, CRC, CRC_WITH_PREFIX, WRONG };

static const char *const alphabets[] = {
    [ALNUM] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
    [HEX] = "0123456789abcdef",
    [URL] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_",
    [BASE32] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567",
};

static const struct built {
    const char *name, *before;
    enum digits digits;
    size_t n;
    enum check check;
    const char *want;
} built[] = {
    {"ghp_",                            "ghp_",                                                  ALNUM,  36, CRC,             "github_token"       },
    { "gho_",                           "gho_",                                                  ALNUM,  36, CRC,             "github_token"       },
    { "ghu_",                           "ghu_",                                                  ALNUM,  36, CRC,             "github_token"       },
    { "ghs_",                           "ghs_",                                                  ALNUM,  36, CRC,             "github_token"       },
    { "ghr_",                           "ghr_",                                                  ALNUM,  36, CRC,             "github_token"       },
    { "npm",                            "npm_",                                                  ALNUM,  36, CRC,             "npm_token"          },
    { "ours",                           "ais_",                                                  ALNUM,  38, CRC_WITH_PREFIX, "aisentinel_key"     },
    { "a fine-grained token",           "github_pat_",                                           ALNUM,  82, NONE,            "github_token"       },
    { "an access key",                  "AKIA",                                                  BASE32, 16, NONE,            "aws_access_key"     },
    { "a temporary one",                "ASIA",                                                  BASE32, 16, NONE,            "aws_access_key"     },
    { "Google",                         "AIza",                                                  URL,    35, NONE,            "google_api_key"     },
    { "Google, a secret",               "GOCSPX-",                                               ALNUM,  28, NONE,            "google_oauth_secret"},
    { "Slack, a bot",                   "xoxb-730191371696-204691371628-",                       ALNUM,  24, NONE,            "slack_token"        },
    { "Slack, a user",                  "xoxp-730191371696-204691371628-",                       ALNUM,  32, NONE,            "slack_token"        },
    { "Slack, an app",                  "xapp-1-A02K7Q9M1-7301913716-",                          HEX,    64, NONE,            "slack_token"        },
    { "Stripe",                         "sk_live_",                                              ALNUM,  24, NONE,            "stripe_key"         },
    { "Stripe, restricted",             "rk_live_",                                              ALNUM,  24, NONE,            "stripe_key"         },
    { "Stripe, of a hook",              "whsec_",                                                ALNUM,  32, NONE,            "stripe_key"         },
    { "Anthropic",                      "sk-ant-api03-",                                         ALNUM,  93, NONE,            "anthropic_key"      },
    { "OpenAI, of a project",           "sk-proj-",                                              ALNUM,  48, NONE,            "openai_key"         },
    { "OpenRouter",                     "sk-or-v1-",                                             HEX,    64, NONE,            "openrouter_key"     },
    { "Hugging Face",                   "hf_",                                                   ALNUM,  34, NONE,            "huggingface_token"  },
    { "Groq",                           "gsk_",                                                  ALNUM,  52, NONE,            "groq_key"           },
    { "GitLab",                         "glpat-",                                                ALNUM,  20, NONE,            "gitlab_token"       },
    { "GitLab, a trigger",              "glptt-",                                                HEX,    40, NONE,            "gitlab_token"       },
    { "GitLab, a runner",               "glrt-",                                                 ALNUM,  20, NONE,            "gitlab_token"       },
    { "DigitalOcean",                   "dop_v1_",                                               HEX,    64, NONE,            "digitalocean_token" },
    { "Twilio",                         "SK",                                                    HEX,    32, NONE,            "twilio_key"         },
    { "Mailgun",                        "key-",                                                  HEX,    32, NONE,            "mailgun_key"        },
    { "Heroku",                         "HRKU-",                                                 ALNUM,  60, NONE,            "heroku_key"         },
    { "PyPI",                           "pypi-AgEIcHlwaS5vcmc",                                  ALNUM,  70, NONE,            "pypi_token"         },
    { "RubyGems",                       "rubygems_",                                             HEX,    48, NONE,            "rubygems_token"     },
    { "Shopify",                        "shpat_",                                                HEX,    32, NONE,            "shopify_token"      },
    { "age",                            "AGE-SECRET-KEY-1",                                      BASE32, 58, NONE,            "age_secret_key"     },
    { "Linear",                         "lin_api_",                                              ALNUM,  40, NONE,            "linear_key"         },
    { "New Relic",                      "NRAK-",                                                 BASE32, 27, NONE,            "newrelic_key"       },
    { "Docker",                         "dckr_pat_",                                             ALNUM,  27, NONE,            "docker_token"       },
    { "Vault",                          "hvs.",                                                  ALNUM,  90, NONE,            "vault_token"        },
    { "Pulumi",                         "pul-",                                                  HEX,    40, NONE,            "pulumi_token"       },
    { "Databricks",                     "dapi",                                                  HEX,    32, NONE,            "databricks_token"   },
    { "Figma",                          "figd_",                                                 ALNUM,  40, NONE,            "figma_token"        },
    { "EasyPost",                       "EZAK",                                                  ALNUM,  54, NONE,            "easypost_key"       },
    { "Telegram",                       "123456789:AA",                                          ALNUM,  33, NONE,            "telegram_token"     },
    { "Discord",                        "MTIzNDU2Nzg5MDEyMzQ1Njc4.GabcdE.",                      ALNUM,  38, NONE,            "discord_token"      },
    { "Azure",                          "abc8Q~",                                                ALNUM,  34, NONE,            "azure_client_secret"},
    { "a bearer",                       "Authorization: Bearer ",                                ALNUM,  32, NONE,            "bearer_token"       },
    { "a token by its name",            "api_token = ",                                          ALNUM,  24, NONE,            "high_entropy"       },
    { "an API key in JSON",             "\"apiKey\": \"",                                        ALNUM,  32, NONE,            "high_entropy"       },
    { "a secret in the environment",    "export CLIENT_SECRET=",                                 HEX,    40, NONE,            "high_entropy"       },
    { "an option",                      "--token ",                                              ALNUM,  30, NONE,            "high_entropy"       },
    { "AWS, the secret",                "aws_secret_access_key = ",                              ALNUM,  40, NONE,            "aws_secret_key"     },
    { "a service key",                  "serviceKey = '",                                        ALNUM,  24, NONE,            "high_entropy"       },
    { "a Slack hook",                   "https://hooks.slack.com/services/T02K7Q9M1/B03N8R0P2/", ALNUM,  24, NONE,            "slack_webhook"      },
    { "glued to -p",                    "tool -pghp_",                                           ALNUM,  36, CRC,             "github_token"       },
    { "an access key glued to -p",      "tool -h db -pAKIA",                                     BASE32, 16, NONE,            "aws_access_key"     },
    { "glued to a name with -p",        "my-pghp_",                                              ALNUM,  36, CRC,             ""                   },
    { "a user's key for curl",          "curl -sS -u admin:",                                    HEX,    64, NONE,            "basic_auth"         },
    { "in quotes for curl",             "curl https://a.invalid --user 'admin:",                 ALNUM,  40, NONE,            "basic_auth"         },
    { "glued for curl",                 "curl -uadmin:",                                         ALNUM,  40, NONE,            "basic_auth"         },
    { "for sshpass",                    "sshpass -p ",                                           ALNUM,  16, NONE,            "password_assignment"},
    { "glued for sshpass",              "sshpass -p",                                            ALNUM,  16, NONE,            "password_assignment"},
    { "for redis",                      "redis-cli -h cache -a ",                                ALNUM,  24, NONE,            "password_assignment"},
    { "for a login's input",            "docker login -u ann --password-stdin <<< ",             ALNUM,  24, NONE,            "password_assignment"},
    { "of another program",             "grep -u admin:",                                        HEX,    40, NONE,            ""                   },
    { "of the next command",            "curl a.invalid; cut -u x:",                             HEX,    40, NONE,            ""                   },
    { "a scan's arguments",             "redis-cli scan ",                                       HEX,    24, NONE,            ""                   },
    { "a checksum that is wrong",       "ghp_",                                                  ALNUM,  36, WRONG,           "unverified_token"   },
    { "one of npm",                     "npm_",                                                  ALNUM,  36, WRONG,           "unverified_token"   },
    { "one of ours",                    "ais_",                                                  ALNUM,  38, WRONG,           "unverified_token"   },
    { "of a longer word",               "aghp_",                                                 ALNUM,  36, NONE,            ""                   },
    { "too short",                      "ghp_",                                                  ALNUM,  30, NONE,            ""                   },
    { "too long",                       "ghp_",                                                  ALNUM,  45, NONE,            ""                   },
    { "an access key that is too long", "AKIA",                                                  BASE32, 20, NONE,            ""                   },
    { "hexadecimal digits",             "",                                                      HEX,    40, NONE,            ""                   },
    { "a digest",                       "sha256:",                                               HEX,    64, NONE,            ""                   },
    { "a commit",                       "commit ",                                               HEX,    40, NONE,            ""                   },
    { "a random word",                  "",                                                      ALNUM,  40, NONE,            ""                   },
    { "an integrity value",             "\"integrity\": \"sha512-",                              ALNUM,  86, NONE,            ""                   },
    { "a page token",                   "next_page_token=",                                      ALNUM,  40, NONE,            ""                   },
    { "a public key",                   "public_key = ",                                         ALNUM,  40, NONE,            ""                   },
    { "a primary key",                  "primary_key: ",                                         ALNUM,  20, NONE,            ""                   },
    { "a cache key",                    "cache-key: ",                                           ALNUM,  40, NONE,            ""                   },
    { "an etag",                        "etag: \"",                                              HEX,    32, NONE,            ""                   },
    { "a hash of a password",           "password_hash = ",                                      ALNUM,  40, NONE,            ""                   },
    { "a plain key",                    "key: ",                                                 ALNUM,  30, NONE,            ""                   },
    { "an idempotency key",             "Idempotency-Key: ",                                     ALNUM,  30, NONE,            ""                   },
    { "an image",                       "data:image/png;base64,",                                ALNUM,  80, NONE,            ""                   },
};

static const struct row {
    const char *name, *text, *want;
} rows[] = {
    {"a password",                    "password=Tr0ub4dor&3x",                                                                          "password_assignment"},
    { "in quotes",                    "password = \"S3cur3-pass!\"",                                                                    "password_assignment"},
    { "in YAML",                      "db:\n  password: hunter2hunter",                                                                 "password_assignment"},
    { "in an option",                 "mysql --password=S3cr3tP4ss",                                                                    "password_assignment"},
    { "an option with a space",       "tool --password S3cr3tP4ss",                                                                     "password_assignment"},
    { "in the environment",           "export DB_PASSWORD=abc123def456",                                                                "password_assignment"},
    { "in capitals",                  "PASSWORD: Abc123Def456",                                                                         "password_assignment"},
    { "a short word",                 "DB_PWD=abc123def456",                                                                            "password_assignment"},
    { "a connection string",          "Server=h;Database=d;User Id=sa;Password=Str0ngPassw0rd;",                                        "password_assignment"},
    { "a URL",                        "https://bob:s3cr3tpw@host.invalid/x",                                                            "url_password"       },
    { "a database",                   "postgres://app:s3cr3tpw@db:5432/x",                                                              "connection_string"  },
    { "another",                      "mongodb+srv://app:s3cr3tpw@db/x",                                                                "connection_string"  },
    { "a cache",                      "redis://:s3cr3tpw@cache:6379",                                                                   "connection_string"  },
    { "a git remote",                 "git clone https://bob:s3cr3tpw@git.invalid/x.git",                                               "url_password"       },
    { "basic authorization",          "Authorization: Basic Ym9iOnMzY3IzdHB3MTIz",                                                      "basic_auth"         },
    { "a private key",
     "-----BEGIN RSA PRIVATE KEY-----\nMIIEowIBAAKCAQEAuZ3VS5JJcds3xfnygWyF8PbnGy0AHB7MaC\n-----END RSA PRIVATE "
      "KEY-----",                                                                                                                       "private_key"        },
    { "of OpenSSH",
     "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAMwAA\n-----END",                     "private_key"        },
    { "on one line",
     "-----BEGIN PRIVATE KEY-----\\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJ\\n-----END PRIVATE "
      "KEY-----",                                                                                                                       "private_key"        },
    { "cut",                          "-----BEGIN EC PRIVATE KEY-----\nMHcCAQEEIKq5Wm9Zr8nT2pLx4vB7cD1eF3gH5jK6lM8nP0qR2sT4oAoG",
     "private_key"                                                                                                                                           },
    { "of PGP",
     "-----BEGIN PGP PRIVATE KEY BLOCK-----\n\nlQOYBGVq1mkBCADPz3kL9vXn2bQ7wRt5yU8iO1pA4sD6fG0hJ3kL5zX\n-----END",                      "private_key"        },
    { "of PuTTY",                     "PuTTY-User-Key-File-3: ssh-ed25519",                                                             "private_key"        },
    { "a web token",                  "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIiwiYSI6Mn0.c2lnbmF0dXJlc2lnbmF0dXJl",                          "jwt"                },
    { "one without a signature",      "eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0.",                                                           "jwt"                },
    { "an account of a service",      "{\"type\": \"service_account\", \"private_key_id\": \"1\"}",                                     "gcp_service_account"},
    { "a UUID as an API key",         "api_key: 3f2b8c1d-9e4a-4b7c-8d6e-5f0a1b2c3d4e",                                                  "high_entropy"       },
    { "base64 of a password",         "cGFzc3dvcmQ9VHIwdWI0ZG9yJjN4",                                                                   "password_assignment"},
    { "percent escapes",              "%70assword%3DTr0ub4dor%263x",                                                                    "password_assignment"},
    { "a word",                       "password",                                                                                       ""                   },
    { "a question",                   "what is my password?",                                                                           ""                   },
    { "a placeholder",                "password=changeme",                                                                              ""                   },
    { "crosses",                      "password=xxxxxxxx",                                                                              ""                   },
    { "stars",                        "password: ********",                                                                             ""                   },
    { "brackets",                     "password=<password>",                                                                            ""                   },
    { "a variable",                   "password=${DB_PASSWORD}",                                                                        ""                   },
    { "a template",                   "password: {{ db_password }}",                                                                    ""                   },
    { "a reference",                  "password=$(cat /run/secret)",                                                                    ""                   },
    { "a plain reference",            "password=$PASSWORD",                                                                             ""                   },
    { "an example",                   "password=example123",                                                                            ""                   },
    { "what is yours",                "api_key=your-api-key-1",                                                                         ""                   },
    { "redacted",                     "token=REDACTED12345",                                                                            ""                   },
    { "a path",                       "password_file=/run/secrets/db1",                                                                 ""                   },
    { "a path as a value",            "token=/run/secrets/token1234",                                                                   ""                   },
    { "code",                         "password = get_password(user1)",                                                                 ""                   },
    { "a member",                     "token = config.auth.token1",                                                                     ""                   },
    { "an environment",               "api_key = os.environ[\"KEY1\"]",                                                                 ""                   },
    { "another",                      "token: process.env.TOKEN_12345",                                                                 ""                   },
    { "a word as a value",            "token: authentication",                                                                          ""                   },
    { "words",                        "secret: the best kept one 1",                                                                    ""                   },
    { "a short value",                "password=abc1",                                                                                  ""                   },
    { "nothing",                      "password=",                                                                                      ""                   },
    { "empty quotes",                 "password=\"\"",                                                                                  ""                   },
    { "a kind",                       "token_type=bearer12345678",                                                                      ""                   },
    { "a number of tokens",           "max_tokens=100000000000",                                                                        ""                   },
    { "a name",                       "secret_name=my-secret-12345678",                                                                 ""                   },
    { "a password of curl",           "sudo curl -u ann:s3cr3tpw https://a.invalid",                                                    "basic_auth"         },
    { "a password within quotes",     "sh -c \"curl -u 'ann:s3cr3tpw' https://a.invalid\"",                                             "basic_auth"         },
    { "a password of sshpass",        "sshpass -p 's3cr3tpw' ssh h",                                                                    "password_assignment"},
    { "a password that is written",   "echo s3cr3tpw | docker login -u ann --password-stdin r.invalid",
     "password_assignment"                                                                                                                                   },
    { "a password that is printed",   "cd /x; printf '%s' \"s3cr3tpw\" | podman login --password-stdin",
     "password_assignment"                                                                                                                                   },
    { "a user alone",                 "curl -u ann https://a.invalid",                                                                  ""                   },
    { "a variable for curl",          "curl -u \"$USER:$TOKEN\" https://a.invalid",                                                     ""                   },
    { "a word for curl",              "curl -u user:password https://a.invalid",                                                        ""                   },
    { "another option of curl",       "curl -o admin:s3cr3tpw https://a.invalid",                                                       ""                   },
    { "a place's name",               "curl_wrapper -u ann:s3cr3tpw",                                                                   ""                   },
    { "a variable for sshpass",       "sshpass -p \"$PASS\" ssh h",                                                                     ""                   },
    { "a port behind sshpass",        "sshpass -e ssh -p 22022 h",                                                                      ""                   },
    { "a port of the next",           "sshpass -p \"$PASS\" ssh -p 22022 h",                                                            ""                   },
    { "a host glued for redis",       "redis-cli -hcache ping",                                                                         ""                   },
    { "a file glued for curl",        "curl -ofu:s3cr3tpw https://a.invalid",                                                           ""                   },
    { "a file for sshpass",           "sshpass -f pw.txt ssh h -p 2222",                                                                ""                   },
    { "a variable for redis",         "redis-cli -a $REDIS_PW ping",                                                                    ""                   },
    { "a variable that is written",   "echo \"$TOKEN\" | docker login --password-stdin",                                                ""                   },
    { "a file that is written",       "cat token.txt | docker login --password-stdin",                                                  ""                   },
    { "what is written elsewhere",    "echo s3cr3tpw; docker login --password-stdin < f",                                               ""                   },
    { "a password glued for mysql",   "mysql -u root -pS3cret -h db",                                                                   "password_assignment"},
    { "one in quotes",                "mysql -p's3cret' db",                                                                            "password_assignment"},
    { "a password with blanks",       "mysqldump -uroot -p'it is s3cret' db",                                                           "password_assignment"},
    { "one for its siblings",         "mariadb-admin -pS3cret status",                                                                  "password_assignment"},
    { "behind a container's name",    "docker exec -it mysql mysql -pS3cret",                                                           "password_assignment"},
    { "a password that is asked for", "mysql -u root -p shop",                                                                          ""                   },
    { "a variable for mysql",         "mysql -p$PW db",                                                                                 ""                   },
    { "a quoted variable for mysql",  "mysql -p\"$PW\" db",                                                                             ""                   },
    { "a directory and its parents",  "mkdir -p s3cret",                                                                                ""                   },
    { "a port of ssh",                "ssh -p2222 mysql",                                                                               ""                   },
    { "a port of a container",        "docker run -p8080:80 nginx",                                                                     ""                   },
    { "a port of mysql's container",  "docker run --name mysql -p33060:3306 mysql:8",                                                   ""                   },
    { "a port of one on its own",     "docker compose run mysql -p33060:3306",                                                          ""                   },
    { "a port that is scanned",       "nmap -p3306 mysql",                                                                              ""                   },
    { "another program's name",       "mysqlx -pS3cret",                                                                                ""                   },
    { "a UUID as a password",         "tool --password 3f2b8c1d-9e4a-4b7c-8d6e-5f0a1b2c3d4e",                                           "password_assignment"},
    { "a UUID in an option",          "tool --token=3f2b8c1d-9e4a-4b7c-8d6e-5f0a1b2c3d4e",                                              "high_entropy"       },
    { "a UUID in a query",            "https://a.invalid/?access_token=3f2b8c1d-9e4a-4b7c-8d6e-5f0a1b2c3d4e",                           "high_entropy"       },
    { "a UUID in the environment",    "PGPASSWORD=3f2b8c1d-9e4a-4b7c-8d6e-5f0a1b2c3d4e psql",                                           "password_assignment"},
    { "a UUID of a request",          "aws x --client-token 3f2b8c1d-9e4a-4b7c-8d6e-5f0a1b2c3d4e",                                      ""                   },
    { "a UUID of a page",             "next_token=3f2b8c1d-9e4a-4b7c-8d6e-5f0a1b2c3d4e",                                                ""                   },
    { "a UUID of an order",           "order_id=3f2b8c1d-9e4a-4b7c-8d6e-5f0a1b2c3d4e",                                                  ""                   },
    { "a UUID",                       "3f2b8c1d-9e4a-4b7c-8d6e-5f0a1b2c3d4e",                                                           ""                   },
    { "a UUID as a token",            "token: 3f2b8c1d-9e4a-4b7c-8d6e-5f0a1b2c3d4e",                                                    ""                   },
    { "an access key of the manual",  "AKIAIOSFODNN7EXAMPLE",                                                                           ""                   },
    { "ghp with crosses",             "ghp_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",                                                       ""                   },
    { "zeros",                        "api_key=000000000000000000000000",                                                               ""                   },
    { "counting",                     "api_key=1234567890123456",                                                                       ""                   },
    { "the alphabet",                 "token=abcdefghijklmnop12",                                                                       ""                   },
    { "a public block",
     "-----BEGIN PUBLIC KEY-----\nMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAu\n-----END PUBLIC KEY-----",                             ""                   },
    { "a certificate",
     "-----BEGIN CERTIFICATE-----\nMIIDdzCCAl+gAwIBAgIEAgAAuTANBgkqhkiG9w0BAQUFADBaMQ\n-----END CERTIFICATE-----",                      ""                   },
    { "an empty block",               "-----BEGIN PRIVATE KEY-----\n...\n-----END PRIVATE KEY-----",                                    ""                   },
    { "the line alone",               "grep \"BEGIN PRIVATE KEY\" *",                                                                   ""                   },
    { "two parts",                    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0",                                                           ""                   },
    { "no header",                    "eyJhIjoxLCJiIjoyfQ.eyJzdWIiOiIxIiwiYSI6Mn0.c2ln",                                                ""                   },
    { "a URL",                        "https://example.org/path?x=1",                                                                   ""                   },
    { "a user",                       "https://bob@host.invalid/",                                                                      ""                   },
    { "a port",                       "http://host:8080/x@y",                                                                           ""                   },
    { "a placeholder in one",         "https://user:password@host.invalid",                                                             ""                   },
    { "a variable in one",            "https://user:${TOKEN}@host.invalid",                                                             ""                   },
    { "a mail address",               "mailto:bob@example.org",                                                                         ""                   },
    { "a slack word",                 "xoxb-my-bot-token",                                                                              ""                   },
    { "a sock",                       "key-value store",                                                                                ""                   },
    { "a skill",                      "sk-learn and sk-image",                                                                          ""                   },
    { "a selector",                   ".sk_live_indicator { }",                                                                         ""                   },
    { "a semantic version",           "npm:strict-uri@2.0.0",                                                                           ""                   },
    { "a resolution",                 "checksum: 10c0/0123456789abcdef0123456789abcdef01234567",                                        ""                   },
    { "a lock",                       "resolved \"https://packages.invalid/x/-/x-1.0.0.tgz#0123456789abcdef0123456789abcdef01234567\"", ""                   },
    { "a bearer of news",             "Bearer of bad news12345",                                                                        ""                   },
    { "a basic course",               "Basic programming101",                                                                           ""                   },
    { "a bypass",                     "bypass=true1234567",                                                                             ""                   },
    { "a compass",                    "compass: north12345",                                                                            ""                   },
    { "a keyboard",                   "keyboard=qwertz1234567890",                                                                      ""                   },
    { "a function",                   "def reset_password(token1234): pass",                                                            ""                   },
    { "an imported one",              "import { accessToken } from \"./token1\"",                                                       ""                   },
    { "a type",                       "password: string;",                                                                              ""                   },
    { "a question mark",              "token=?",                                                                                        ""                   },
    { "a comparison",                 "if (password == other_password1) {}",                                                            ""                   },
    { "an arrow",                     "(token) => verify(token1)",                                                                      ""                   },
    { "a label",                      "Password: required (min 8 chars)",                                                               ""                   },
    { "a column",                     "SELECT password FROM users1",                                                                    ""                   },
};

/* CRC-32, a bit at a time: another way than the code's. */
static uint32_t crc_of(const char *text, size_t n)
{
    uint32_t crc = 0xffffffff;
    for (size_t i = 0; i < n; i++) {
        crc ^= (unsigned char)text[i];
        for (int k = 0; k < 8; k++)
            crc = crc >> 1 ^ (crc & 1 ? 0xedb88320 : 0);
    }
    return ~crc;
}

static void put_check(char *end, uint32_t crc)
{
    for (size_t i = 1; i <= 6; i++, crc /= 62)
        *(end - i) = alphabets[ALNUM][crc % 62];
}

/* Digits that look random and are the same each time; the last of them are the checksum. */
static void build(const struct built *row, struct ais_buf *out)
{
    uint64_t state = 88172645463325252U + row->n;
    char digits[128] = { 0 };
    for (size_t i = 0; i < row->n; i++) {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        digits[i] = alphabets[row->digits][state % strlen(alphabets[row->digits])];
    }
    size_t prefix = strlen(row->before);
    ais_buf_text(out, row->before);
    ais_buf_add(out, digits, row->n);
    if (row->check == CRC)
        put_check(out->data + out->length, crc_of(digits, row->n - 6));
    if (row->check == CRC_WITH_PREFIX)
        put_check(out->data + out->length, crc_of(out->data, prefix + row->n - 6));
    if (row->check == WRONG)
        put_check(out->data + out->length, crc_of(digits, row->n - 6) ^ 1);
}

static void append_json(struct ais_buf *out, const char *text)
{
    for (; *text != '\0'; text++) {
        if (*text == '\n')
            ais_buf_text(out, "\\n");
        else {
            if (*text == '"' || *text == '\\')
                ais_buf_byte(out, '\\');
            ais_buf_byte(out, *text);
        }
    }
}

static void check_in(const char *key, const char *text, const char *want)
{
    AUTO(ais_buf_done) struct ais_buf body = { 0 };
    AUTO(ais_buf_done) struct ais_buf got = { 0 };
    struct part_lab lab;
    ais_buf_format(&body, "{\"tool_name\":\"t\",\"tool_args\":{\"%s\":\"", key);
    append_json(&body, text);
    ais_buf_text(&body, "\"}}");
    part_lab_init(&lab, body.data, body.length);
    const struct ais_part *part = ais_view_part(&lab.view, AIS_PART_SECRET);
    assert_false(lab.view.failed);
    assert_null(part->unknown);
    part_print(part, AIS_SECRET_KINDS, &got);
    assert_string_equal(got.data != NULL ? got.data : "", want);
    part_lab_done(&lab);
}

static void check_built(void **state)
{
    const struct built *row = *state;
    AUTO(ais_buf_done) struct ais_buf text = { 0 };
    build(row, &text);
    check_in("a", text.data, row->want);
}

static void check_row(void **state)
{
    const struct row *row = *state;
    check_in("a", row->text, row->want);
}

/* Each credential with a sign without a shape behind every few of its bytes is the same one: what is none is not asked,
 * as a name that is parted may say something else. */
static void check_parted(void **state)
{
    static const char *const signs[] = { "\xe2\x80\x8b", "\xc2\xad", "\xef\xbb\xbf", "\xf3\xa0\x81\xa1",
                                         "\xe2\x81\xa0\xe2\x80\x8d" };
    const struct built *row = *state;
    AUTO(ais_buf_done) struct ais_buf text = { 0 };
    build(row, &text);
    for (size_t k = 0; k < N_ELEMS(signs) && row->want[0] != '\0'; k++) {
        AUTO(ais_buf_done) struct ais_buf parted = { 0 };
        for (size_t i = 0; i < text.length; i++) {
            ais_buf_add(&parted, text.data + i, 1);
            if (i % 7 == 2 && i + 1 < text.length)
                ais_buf_text(&parted, signs[k]);
        }
        check_in("a", parted.data, row->want);
    }
}

/* What begins like nothing else is found although signs join it to other words, and for all its letters; what begins
 * like a word of any kind is not, and neither is behind a letter. */
static void joined_ones_are_found(void **state)
{
    static const char *const before[] = { "", "id-", "id_", "key=", "A_KEY_" }, *const after[] = { "", "-x", "_x",
                                                                                                   ";" };
    static const struct built found[] = {
        {"GitHub",       "ghp_",                            ALNUM, 36, CRC,             "github_token"       },
        { "fine",        "github_pat_",                     ALNUM, 82, NONE,            "github_token"       },
        { "npm",         "npm_",                            ALNUM, 36, CRC,             "npm_token"          },
        { "ours",        "ais_",                            ALNUM, 38, CRC_WITH_PREFIX, "aisentinel_key"     },
        { "Google",      "AIza",                            ALNUM, 35, NONE,            "google_api_key"     },
        { "Google, all", "AIza",                            URL,   35, NONE,            "google_api_key"     },
        { "a secret",    "GOCSPX-",                         ALNUM, 28, NONE,            "google_oauth_secret"},
        { "Slack",       "xoxb-730191371696-204691371628-", ALNUM, 24, NONE,            "slack_token"        },
        { "Stripe",      "sk_live_",                        ALNUM, 24, NONE,            "stripe_key"         },
    };
    static const struct built strict[] = {
        {"AWS",      "AKIA", BASE32, 16, NONE, "aws_access_key"},
        { "Twilio",  "SK",   HEX,    32, NONE, "twilio_key"    },
        { "Mailgun", "key-", HEX,    32, NONE, "mailgun_key"   },
        { "render",  "rnd_", HEX,    32, NONE, "render_key"    },
    };
    (void)state;
    for (size_t i = 0; i < N_ELEMS(found) * N_ELEMS(before) * N_ELEMS(after); i++) {
        const struct built *row = &found[i / N_ELEMS(before) / N_ELEMS(after)];
        AUTO(ais_buf_done) struct ais_buf token = { 0 }, text = { 0 };
        build(row, &token);
        ais_buf_format(&text, "%s%.*s%s", before[i / N_ELEMS(after) % N_ELEMS(before)], (int)token.length, token.data,
                       after[i % N_ELEMS(after)]);
        check_in("a", text.data, row->want);
        ais_buf_clear(&text);
        ais_buf_format(&text, "my%.*s", (int)token.length, token.data);
        check_in("a", text.data, "");
    }
    for (size_t i = 0; i < N_ELEMS(strict); i++) {
        AUTO(ais_buf_done) struct ais_buf token = { 0 }, text = { 0 };
        build(&strict[i], &token);
        ais_buf_format(&text, "[%.*s];", (int)token.length, token.data);
        check_in("a", text.data, strict[i].want);
        ais_buf_clear(&text);
        ais_buf_format(&text, "x%.*s cache_%.*s", (int)token.length, token.data, (int)token.length, token.data);
        check_in("a", text.data, "");
    }
}

/* A longer row that happens to begin like one is none. */
static void longer_rows_are_none(void **state)
{
    static const struct built rows_of[] = {
        {"Google",    "AIza",    ALNUM, 60, NONE, ""},
        { "GitHub",   "x_ghp_",  ALNUM, 50, NONE, ""},
        { "a secret", "GOCSPX-", ALNUM, 29, NONE, ""},
    };
    (void)state;
    for (size_t i = 0; i < N_ELEMS(rows_of); i++)
        check_built((void *[]){ (void *)(uintptr_t)&rows_of[i] });
}

/* The name of the member around it says what a value is. */
static void keys_count(void **state)
{
    (void)state;
    check_in("password", "Tr0ub4dor&3x", "password_assignment");
    check_in("api_key", "k3jq4w5zh34pm5x91", "high_entropy");
    check_in("password", "changeme", "");
    check_in("note", "Tr0ub4dor&3x", "");
}

/* Bytes of the sets that repeat late, and what some formats have at one place besides. */
static void put_sample(struct ais_buf *out, const struct ais_secret_format *format)
{
    static const struct {
        const char *prefix, *piece;
        size_t at;
    } pieces[] = {
        {"SG.",  ".",        22},
        { "pat", ".",        14},
        { "sk-", "T3BlbkFJ", 20},
    };
    const char *digits = (format->sets & AIS_SET_LOWER) != 0 ? "0123456789abcdef" : "0123456789ABCDEF";
    ais_buf_text(out, format->prefix);
    size_t begin = out->length;
    for (size_t i = 0; i < format->least; i++)
        ais_buf_byte(out, digits[(i * 7 + i / 16 * 3 + 5) % 16]);
    for (size_t i = 0; i < N_ELEMS(pieces); i++)
        if (strcmp(pieces[i].prefix, format->prefix) == 0)
            memcpy(out->data + begin + pieces[i].at, pieces[i].piece, strlen(pieces[i].piece));
}

static void on_whole(void *arg, const struct ais_secret *secret)
{
    size_t *longest = arg;
    if (secret->offset == 0 && secret->length > *longest)
        *longest = secret->length;
}

/* The shape of a text rules none of its formats out. */
static void every_format_is_found(void **state)
{
    struct ais_secret_format format;
    (void)state;
    for (size_t i = 0; ais_secret_format(i, &format); i++) {
        AUTO(ais_buf_done) struct ais_buf text = { 0 };
        size_t longest = 0;
        put_sample(&text, &format);
        struct ais_secret_search search = {
            .key = "", .text = text.data, .n = text.length, .found = on_whole, .arg = &longest
        };
        ais_secrets_find(&search);
        if (longest != text.length)
            fail_msg("%s: %.*s", format.prefix, (int)text.length, text.data);
    }
}

struct places {
    size_t count;
    struct ais_secret found[4];
};

static void on_secret(void *arg, const struct ais_secret *secret)
{
    struct places *places = arg;
    if (places->count < N_ELEMS(places->found))
        places->found[places->count++] = *secret;
}

/* Where it stands, for masking: without its name and quotes. */
static void places_are_told(void **state)
{
    (void)state;
    static const char text[] = "host=a password=\"Tr0ub4dor&3x\" port=1";
    struct places places = { 0 };
    struct ais_secret_search search = {
        .key = "", .text = text, .n = sizeof text - 1, .found = on_secret, .arg = &places
    };
    ais_secrets_find(&search);
    assert_int_equal(places.count, 1);
    assert_int_equal(places.found[0].offset, 17);
    assert_int_equal(places.found[0].length, 12);
}

/* Wherever it stands among others, and however much parts it: the place of all of it is told. */
static void a_parted_one_is_found_anywhere(void **state)
{
    enum { STEP = 251, STEPS = 40, HEAD = 20 };
    AUTO(ais_buf_done) struct ais_buf token = { 0 };
    (void)state;
    build(&built[0], &token);
    for (size_t before = 0; before < STEPS * STEP; before += STEP) {
        AUTO(ais_buf_done) struct ais_buf text = { 0 };
        struct places places = { 0 };
        while (text.length < before)
            ais_buf_text(&text, before % 2 == 0 ? "word \xe2\x80\x8b" : "words ");
        size_t at = text.length;
        ais_buf_add(&text, token.data, HEAD);
        for (size_t i = 0; i <= before; i++)
            ais_buf_text(&text, "\xe2\x80\x8b");
        ais_buf_text(&text, token.data + HEAD);
        size_t end = text.length;
        ais_buf_text(&text, " then password=Tr0ub4d\xe2\x80\x8bor3xKq9");
        struct ais_secret_search search = {
            .key = "", .text = text.data, .n = text.length, .found = on_secret, .arg = &places
        };
        ais_secrets_find(&search);
        bool found[2] = { false };
        for (size_t i = 0; i < places.count; i++) {
            found[0] = found[0] || (places.found[i].offset == at && places.found[i].length == end - at);
            found[1] = found[1] || places.found[i].offset + places.found[i].length == text.length;
        }
        assert_true(found[0] && found[1]);
    }
}

/* Work is in proportion to length, whatever the text. */
static void work_is_linear(void **state)
{
    static const char *const pieces[] = { "password=",
                                          "ghp_",
                                          "AIza_",
                                          "eyJ",
                                          "-----BEGIN PRIVATE KEY-----",
                                          "://a:b@",
                                          "--token ",
                                          "Bearer ",
                                          "token=a=",
                                          "a b ",
                                          "\"",
                                          "=",
                                          ":",
                                          "-",
                                          "curl -u a:b ",
                                          "sshpass -p",
                                          "echo | --password-stdin ",
                                          "8Q~",
                                          "sk-ant-",
                                          "token=\xe2\x80\x8b",
                                          "\xc2\xad" };
    (void)state;
    enum { LENGTH = 1 << 18, STEPS_A_BYTE = 600 };
    for (size_t i = 0; i < N_ELEMS(pieces); i++) {
        AUTO(ais_buf_done) struct ais_buf text = { 0 };
        struct places places = { 0 };
        while (text.length < LENGTH)
            ais_buf_text(&text, pieces[i]);
        struct ais_secret_search search = {
            .key = "", .text = text.data, .n = text.length, .found = on_secret, .arg = &places
        };
        ais_secrets_find(&search);
        assert_in_range(search.work, 0, STEPS_A_BYTE * text.length);
    }
}

enum { BUILT = N_ELEMS(built), ROWS = N_ELEMS(rows) };

int main(void)
{
    static const struct CMUnitTest others[] = {
        cmocka_unit_test(keys_count),
        cmocka_unit_test(joined_ones_are_found),
        cmocka_unit_test(longer_rows_are_none),
        cmocka_unit_test(places_are_told),
        cmocka_unit_test(a_parted_one_is_found_anywhere),
        cmocka_unit_test(work_is_linear),
        cmocka_unit_test(every_format_is_found),
    };
    static struct CMUnitTest tests[2 * BUILT + ROWS + N_ELEMS(others)];
    AIS_ROWS(tests, built, check_built);
    AIS_ROWS(tests + BUILT, built, check_parted);
    AIS_ROWS(tests + 2 * BUILT, rows, check_row);
    memcpy(tests + 2 * BUILT + ROWS, others, sizeof others);
    return cmocka_run_group_tests_name("policy/facts/secret", tests, NULL, NULL);
}

/* The part SQL: statements in whatever dialect and disguise, conditions that are none, values that continue a
 * statement, and the prose that looks like all of these. */
#include "shared/policy/facts/sql/reader.h"
#include "tests/unit/policy/facts/part.h"
#include "tests/unit/policy/lab.h"

struct row {
    const char *name;
    const char *text;
    const char *want; /* "|" between values, " ; " between statements */
};

static const struct row statements[] = {
    {"a select",                               "SELECT * FROM t",                                                           "SELECT"                                                                                            },
    { "in odd case",                           "dRoP tAbLe x",                                                              "DROP TABLE"                                                                                        },
    { "if it exists",                          "DROP TABLE IF EXISTS a",                                                    "DROP TABLE"                                                                                        },
    { "one of the session",                    "DROP TABLE #a",                                                             "DROP TEMPORARY TABLE ; DROP TEMPORARY TABLE"                                                       },
    { "if it is there",                        "DROP TABLE IF EXISTS #a, #b; SELECT 1",
     "DROP TEMPORARY TABLE ; SELECT ; DROP TEMPORARY TABLE"                                                                                                                                                                     },
    { "before it is made",                     "DROP TABLE #a\012CREATE TABLE #a (b int)",                                  "DROP TEMPORARY TABLE ; DROP TEMPORARY TABLE"                                                       },
    { "by a word",                             "DROP TEMPORARY TABLE IF EXISTS a",                                          "DROP TEMPORARY TABLE"                                                                              },
    { "with one that is not",                  "DROP TABLE #a, b",                                                          "DROP TABLE ; DROP TEMPORARY TABLE"                                                                 },
    { "behind what MySQL reads as a comment",  "DROP TABLE #a\012b",                                                        "DROP TABLE ; DROP TABLE"                                                                           },
    { "of every session",                      "DROP TABLE ##a",                                                            "DROP TABLE ; DROP TEMPORARY TABLE"                                                                 },
    { "named like one",                        "DROP TABLE `#a`",                                                           "DROP TABLE"                                                                                        },
    { "put together",                          "EXEC('DROP TABLE #a' + @x)",                                                "EXEC ; DROP TABLE"                                                                                 },
    { "with comments between",                 "DROP/**/TABLE/* x */a",                                                     "DROP TABLE"                                                                                        },
    { "with line breaks",                      "DROP\012\011TABLE\015\012a",                                                "DROP TABLE"                                                                                        },
    { "behind a line comment",                 "-- nothing to see\012DROP TABLE a",                                         "DROP TABLE"                                                                                        },
    { "behind one that ends the old way",      "-- nothing to see\015DROP TABLE a",                                         "DROP TABLE"                                                                                        },
    { "behind a block comment",                "/* hello */ DROP TABLE a",                                                  "DROP TABLE"                                                                                        },
    { "behind nested comments",                "/* /* */ DROP TABLE a */ SELECT 1",                                         "SELECT ; DROP TABLE"                                                                               },
    { "behind one within one",                 "DROP/*/**/*/TABLE a",                                                       "DROP TABLE"                                                                                        },
    { "in a comment that MySQL runs",          "/*!50000 DROP TABLE a */",                                                  "DROP TABLE"                                                                                        },
    { "in MariaDB's",                          "/*M!100000 DROP TABLE a */",                                                "DROP TABLE"                                                                                        },
    { "half in one",                           "/*!DROP*/ TABLE a",                                                         "SELECT ; DROP TABLE"                                                                               },
    { "behind a backslash that is one",        "SELECT '\\'; DROP TABLE a; --'",                                            "SELECT ; DROP TABLE ; SELECT"                                                                      },
    { "behind one that escapes",               "SELECT 'it\\'s'; DROP TABLE a",                                             "SELECT ; SELECT ; DROP TABLE"                                                                      },
    { "behind a doubled quote",                "SELECT 'it''s'; DROP TABLE a",                                              "SELECT ; DROP TABLE"                                                                               },
    { "behind a dollar quote",                 "SELECT $$x$$; DROP TABLE a",                                                "SELECT ; DROP TABLE ; SELECT ; DROP TABLE"                                                         },
    { "behind a tagged one",                   "SELECT $q$ ' $q$; DROP TABLE a",                                            "SELECT ; DROP TABLE ; SELECT"                                                                      },
    { "behind an E string",                    "SELECT E'\\''; DROP TABLE a",                                               "SELECT ; DROP TABLE ; SELECT ; DROP TABLE"                                                         },
    { "behind a hash that is an operator",     "SELECT 1 # 2; DROP TABLE a",                                                "SELECT ; DROP TABLE ; SELECT"                                                                      },
    { "two",                                   "SELECT 1; DELETE FROM t",                                                   "SELECT ; DELETE"                                                                                   },
    { "without a semicolon",                   "SELECT 1 DROP TABLE a",                                                     "SELECT ; DROP TABLE"                                                                               },
    { "after a condition",                     "IF EXISTS (SELECT 1) DROP TABLE a",                                         "DROP TABLE"                                                                                        },
    { "in quotes of three kinds",              "DROP TABLE `a`",                                                            "DROP TABLE"                                                                                        },
    { "a database",                            "DROP DATABASE shop",                                                        "DROP DATABASE"                                                                                     },
    { "a schema",                              "drop schema public cascade",                                                "DROP SCHEMA"                                                                                       },
    { "a view",                                "DROP VIEW v",                                                               "DROP VIEW"                                                                                         },
    { "a materialized one",                    "DROP MATERIALIZED VIEW v",                                                  "DROP MATERIALIZED VIEW"                                                                            },
    { "an index",                              "DROP INDEX CONCURRENTLY i",                                                 "DROP INDEX"                                                                                        },
    { "a user",                                "CREATE USER eve IDENTIFIED BY 'x'",                                         "CREATE USER"                                                                                       },
    { "a role",                                "CREATE ROLE eve SUPERUSER",                                                 "CREATE ROLE"                                                                                       },
    { "a login",                               "CREATE LOGIN eve WITH PASSWORD = 'x'",                                      "CREATE LOGIN"                                                                                      },
    { "an altered user",                       "ALTER USER eve WITH SUPERUSER",                                             "ALTER USER"                                                                                        },
    { "an altered system",                     "ALTER SYSTEM SET x = 1",                                                    "ALTER SYSTEM"                                                                                      },
    { "a temporary table",                     "CREATE TEMP TABLE t (a int)",                                               "CREATE TABLE"                                                                                      },
    { "a replaced function",                   "CREATE OR REPLACE FUNCTION f() RETURNS int AS $$ select 1 $$ LANGUAGE sql",
     "CREATE FUNCTION ; SELECT ; CREATE FUNCTION"                                                                                                                                                                               },
    { "an altered table",                      "ALTER TABLE t ADD c int",                                                   "ALTER TABLE"                                                                                       },
    { "one that loses a column",               "ALTER TABLE t DROP COLUMN c",                                               "ALTER TABLE|ALTER TABLE DROP"                                                                      },
    { "a truncation",                          "TRUNCATE TABLE t",                                                          "TRUNCATE"                                                                                          },
    { "a short one",                           "TRUNCATE t",                                                                "TRUNCATE"                                                                                          },
    { "one with more",                         "truncate a, b cascade",                                                     "TRUNCATE"                                                                                          },
    { "a merge",                               "MERGE INTO t USING s ON t.a = s.a WHEN MATCHED THEN DELETE",                "MERGE"                                                                                             },
    { "an insertion",                          "INSERT INTO t VALUES (1)",                                                  "INSERT"                                                                                            },
    { "a replacement",                         "REPLACE INTO t VALUES (1)",                                                 "REPLACE"                                                                                           },
    { "rights given",                          "GRANT ALL ON t TO eve",                                                     "GRANT"                                                                                             },
    { "rights taken",                          "REVOKE ALL ON t FROM eve",                                                  "REVOKE"                                                                                            },
    { "a copy",                                "COPY t TO STDOUT",                                                          "COPY"                                                                                              },
    { "a copy by a program",                   "COPY t FROM PROGRAM 'id'",                                                  "COPY|COPY PROGRAM"                                                                                 },
    { "a copy to one",                         "COPY t TO PROGRAM 'sh'",                                                    "COPY|COPY PROGRAM"                                                                                 },
    { "a query into a file",                   "SELECT 1 INTO OUTFILE '/tmp/x'",                                            "SELECT|INTO OUTFILE"                                                                               },
    { "a dump",                                "SELECT 1 INTO DUMPFILE '/tmp/x'",                                           "SELECT|INTO OUTFILE"                                                                               },
    { "a call",                                "CALL p(1)",                                                                 "CALL"                                                                                              },
    { "an execution",                          "EXEC xp_cmdshell 'dir'",                                                    "EXEC"                                                                                              },
    { "a longer one",                          "EXECUTE sp_who",                                                            "EXEC"                                                                                              },
    { "a string that is run",                  "EXEC('DROP TABLE a')",                                                      "EXEC ; DROP TABLE"                                                                                 },
    { "one in pieces",                         "EXEC('DR' + 'OP TABLE a')",                                                 "EXEC ; DROP TABLE"                                                                                 },
    { "one at once",                           "EXECUTE IMMEDIATE 'DROP TABLE a'",                                          "EXEC ; DROP TABLE"                                                                                 },
    { "one that is prepared",                  "PREPARE p FROM 'DROP TABLE a'",                                             "PREPARE ; DROP TABLE"                                                                              },
    { "one in a variable",                     "SET @q = 'DROP TABLE a'",                                                   "SET ; DROP TABLE"                                                                                  },
    { "a block",                               "DO $$ BEGIN DROP TABLE a; END $$",                                          "DO ; BEGIN ; DROP TABLE ; DO"                                                                      },
    { "a variable that nobody set",            "EXEC(@s)",                                                                  "EXEC ; a statement that is not known before it is run"                                             },
    { "one that is prepared, of another call", "PREPARE p FROM @s",
     "PREPARE ; a statement that is not known before it is run"                                                                                                                                                                 },
    { "a parameter that is run",               "EXECUTE IMMEDIATE s",                                                       "EXEC ; a statement that is not known before it is run"                                             },
    { "one for a procedure that runs it",      "EXEC sp_executesql @s",
     "EXEC ; a statement that is not known before it is run"                                                                                                                                                                    },
    { "text that is computed",                 "SET @s = REVERSE('x ELBAT PORD'); EXEC(@s)",
     "SET ; EXEC ; a statement that is not known before it is run"                                                                                                                                                              },
    { "text of a table",                       "DECLARE @s varchar(99); SELECT @s = body FROM scripts; EXEC(@s)",
     "DECLARE ; SELECT ; EXEC ; a statement that is not known before it is run"                                                                                                                                                 },
    { "text computed where it is run",         "EXECUTE reverse('x ELBAT PORD')",
     "EXEC ; a statement that is not known before it is run"                                                                                                                                                                    },
    { "text of a table in a block",            "BEGIN SELECT body INTO s FROM scripts; EXECUTE s; END",
     "SELECT ; EXEC ; a statement that is not known before it is run"                                                                                                                                                           },
    { "half of it known",                      "EXEC('SELECT * FROM ' + @t)",                                               "EXEC ; SELECT"                                                                                     },
    { "text in two steps",                     "DECLARE @s varchar(9)='DROP '; SET @s=@s+'TABLE x'; EXEC(@s)",
     "DECLARE ; SET ; SELECT ; EXEC ; DROP TABLE"                                                                                                                                                                               },
    { "a value that another one replaces",
     "SET @a='DROP '; SET @s=CONCAT(@a,'TABLE x'); SET @s='SELECT 1'; PREPARE p FROM @s",                                   "SET ; SET ; SELECT ; DROP TABLE ; SET ; SELECT ; PREPARE"                                          },
    { "one that nothing runs here",            "SET @a='DROP '; SET @s=CONCAT(@a,'TABLE x')",                               "SET ; SET ; SELECT ; DROP TABLE"                                                                   },
    { "what was prepared",                     "EXECUTE s",                                                                 "EXEC"                                                                                              },
    { "a procedure with arguments",            "EXEC dbo.p @id, 'DROP'",                                                    "EXEC"                                                                                              },
    { "a variable twice as long each time",
     "SET @s='xxxxxxxx';SET @s=CONCAT(@s,@s,@s,@s,@s,@s,@s,@s);SET @s=CONCAT(@s,@s,@s,@s,@s,@s,@s,@s);SET "
      "@s=CONCAT(@s,@s,@s,@s,@s,@s,@s,@s);SET @s=CONCAT(@s,@s,@s,@s,@s,@s,@s,@s);SET "
      "@s=CONCAT(@s,@s,@s,@s,@s,@s,@s,@s);SET @s=CONCAT(@s,@s,@s,@s,@s,@s,@s,@s);PREPARE p FROM @s",                        "SET ; SET ; SET ; SET ; SET ; SET ; SET ; PREPARE ; a statement that is not known before it is run"},
    { "a string within a string",              "EXEC('EXEC(''DROP TABLE a'')')",                                            "EXEC ; EXEC ; DROP TABLE"                                                                          },
    { "an explanation that runs",              "EXPLAIN ANALYZE DELETE FROM t",                                             "DELETE"                                                                                            },
    { "a plain one",                           "EXPLAIN SELECT 1",                                                          "SELECT"                                                                                            },
    { "a common table",                        "WITH c AS (SELECT 1) DELETE FROM t",                                        "DELETE"                                                                                            },
    { "a deletion in one",                     "WITH d AS (DELETE FROM t RETURNING *) SELECT * FROM d",                     "SELECT ; DELETE"                                                                                   },
    { "a query in parentheses",                "(SELECT 1) UNION (SELECT 2)",                                               "SELECT"                                                                                            },
    { "a setting",                             "SET search_path = x",                                                       "SET"                                                                                               },
    { "what is shown",                         "SHOW TABLES",                                                               "SHOW"                                                                                              },
    { "data from a file",                      "LOAD DATA INFILE '/etc/passwd' INTO TABLE t",                               "LOAD DATA"                                                                                         },
    { "a module",                              "LOAD 'x.so'",                                                               "LOAD"                                                                                              },
    { "a foreign file",                        "ATTACH DATABASE '/tmp/x.php' AS x",                                         "ATTACH"                                                                                            },
    { "a pragma",                              "PRAGMA writable_schema = 1",                                                "PRAGMA"                                                                                            },
    { "a delay",                               "WAITFOR DELAY '0:0:5'",                                                     "WAITFOR"                                                                                           },
    { "the end",                               "SHUTDOWN WITH NOWAIT",                                                      "SHUTDOWN"                                                                                          },
    { "a shell in a client",                   "\\! id",                                                                    "SHELL ESCAPE"                                                                                      },
    { "a shell in another",                    ".shell id",                                                                 "SHELL ESCAPE"                                                                                      },
    { "a wide space",                          "DROP\302\240TABLE a",                                                       "DROP TABLE"                                                                                        },
    { "vertical tabs",                         "DROP\013TABLE a",                                                           "DROP TABLE"                                                                                        },
    { "an open quote",                         "SELECT 'abc",                                                               "SELECT"                                                                                            },
    { "an open comment",                       "SELECT 1 /* abc",                                                           "SELECT"                                                                                            },
    { "prose",                                 "please drop me a line",                                                     ""                                                                                                  },
    { "prose with a verb",                     "drop everything and run",                                                   ""                                                                                                  },
    { "prose with an update",                  "update me on the status",                                                   ""                                                                                                  },
    { "prose with a deletion",                 "delete old mails",                                                          ""                                                                                                  },
    { "prose with a cut",                      "truncate the text here",                                                    ""                                                                                                  },
    { "nothing",                               "",                                                                          ""                                                                                                  },
    { "only a comment",                        "-- DROP TABLE a",                                                           ""                                                                                                  },
    { "a string of a statement",               "select 'drop table x'",                                                     "SELECT"                                                                                            },
    { "a name of a statement",                 "select \"drop table x\" from t",                                            "SELECT"                                                                                            },
    { "a column of that name",                 "select t.drop, t.delete from t",                                            "SELECT"                                                                                            },
    { "a comment of a statement",              "select 1 /* drop table x */",                                               "SELECT"                                                                                            },
    { "a line comment of one",                 "select 1 -- drop table x",                                                  "SELECT"                                                                                            },
    { "a dollar quote of one",                 "select $a$ drop table x $a$",                                               "SELECT ; SELECT"                                                                                   },
    { "a column that is dropped no table",     "select drop_date from t",                                                   "SELECT"                                                                                            },
    { "an alias",                              "select 1 as truncate",                                                      "SELECT"                                                                                            },
    { "rights to delete",                      "GRANT DELETE ON t TO a",                                                    "GRANT"                                                                                             },
    { "an update that is locked",              "SELECT * FROM t FOR UPDATE",                                                "SELECT"                                                                                            },
    { "an insertion that updates",             "INSERT INTO t VALUES (1) ON CONFLICT DO UPDATE SET a = 1",                  "INSERT"                                                                                            },
};

static const struct row wheres[] = {
    {"none",                          "DELETE FROM t",                                                "false"                 },
    { "one",                          "DELETE FROM t WHERE id = 1",                                   "true"                  },
    { "of an update",                 "UPDATE t SET a = 1 WHERE id = 1",                              "true"                  },
    { "of an update without",         "UPDATE t SET a = 1",                                           "false"                 },
    { "a limit is none",              "DELETE FROM t LIMIT 10",                                       "false"                 },
    { "one within another statement", "DELETE FROM t USING (SELECT 1 WHERE 2=3) x",                   "false"                 },
    { "one is one",                   "DELETE FROM t WHERE 1=1",                                      "tautology|false"       },
    { "text is text",                 "DELETE FROM t WHERE 'a'='a'",                                  "tautology|false"       },
    { "a column is itself",           "DELETE FROM t WHERE id=id",                                    "tautology|false"       },
    { "with its table",               "DELETE FROM t WHERE t.id = t.id",                              "tautology|false"       },
    { "true",                         "DELETE FROM t WHERE true",                                     "tautology|false"       },
    { "one",                          "DELETE FROM t WHERE 1",                                        "tautology|false"       },
    { "not false",                    "DELETE FROM t WHERE NOT false",                                "tautology|false"       },
    { "two signs",                    "DELETE FROM t WHERE !0",                                       "tautology|false"       },
    { "in parentheses",               "DELETE FROM t WHERE ((1)=(1))",                                "tautology|false"       },
    { "or",                           "DELETE FROM t WHERE id = 1 OR 1=1",                            "tautology|false"       },
    { "or before",                    "DELETE FROM t WHERE 1=1 OR id = 1",                            "tautology|false"       },
    { "or with and",                  "DELETE FROM t WHERE id = 1 OR 1=1 AND 2=2",                    "tautology|false"       },
    { "two is more",                  "DELETE FROM t WHERE 2>1",                                      "tautology|false"       },
    { "one is not two",               "DELETE FROM t WHERE 1<>2",                                     "tautology|false"       },
    { "or another sign",              "DELETE FROM t WHERE 1 != 2",                                   "tautology|false"       },
    { "at least",                     "DELETE FROM t WHERE 2 >= 2",                                   "tautology|false"       },
    { "a sum",                        "DELETE FROM t WHERE 1+1=2",                                    "tautology|false"       },
    { "a product",                    "DELETE FROM t WHERE 2*3=6",                                    "tautology|false"       },
    { "hexadecimal",                  "DELETE FROM t WHERE 0x31=49",                                  "tautology|false"       },
    { "decimal",                      "DELETE FROM t WHERE 1.0=1",                                    "tautology|false"       },
    { "a number and its text",        "DELETE FROM t WHERE 1='1'",                                    "tautology|false"       },
    { "a pattern of all",             "DELETE FROM t WHERE name LIKE '%'",                            "tautology|false"       },
    { "a text like itself",           "DELETE FROM t WHERE name LIKE name",                           "tautology|false"       },
    { "in itself",                    "DELETE FROM t WHERE id IN (id)",                               "tautology|false"       },
    { "one in one",                   "DELETE FROM t WHERE 1 IN (1,2)",                               "tautology|false"       },
    { "between",                      "DELETE FROM t WHERE 1 BETWEEN 0 AND 2",                        "tautology|false"       },
    { "no null",                      "DELETE FROM t WHERE 1 IS NOT NULL",                            "tautology|false"       },
    { "null is null",                 "DELETE FROM t WHERE NULL IS NULL",                             "tautology|false"       },
    { "something exists",             "DELETE FROM t WHERE EXISTS (SELECT 1)",                        "tautology|false"       },
    { "functions of constants",       "DELETE FROM t WHERE length('a')=1",                            "tautology|false"       },
    { "the same call",                "DELETE FROM t WHERE lower(a)=lower(a)",                        "tautology|false"       },
    { "a joined text",                "DELETE FROM t WHERE 'a'||'b'='ab'",                            "tautology|false ; true"},
    { "a case",                       "DELETE FROM t WHERE CASE WHEN 1=1 THEN 1 ELSE 0 END",          "tautology|false"       },
    { "comments within",              "DELETE FROM t WHERE 1/**/=/**/1",                              "tautology|false"       },
    { "at the end of a line",         "DELETE FROM t WHERE 1=1 -- x",                                 "tautology|false"       },
    { "not distinct",                 "DELETE FROM t WHERE a IS NOT DISTINCT FROM a",                 "tautology|false"       },
    { "of a query",                   "SELECT * FROM t WHERE id = 1",                                 "true"                  },
    { "of a query without",           "SELECT * FROM t",                                              "false"                 },
    { "of a query that has it all",   "SELECT * FROM t WHERE 1=1",                                    "tautology|false"       },
    { "before a limit",               "UPDATE t SET a=1 WHERE 1=1 LIMIT 5",                           "tautology|false"       },
    { "before what is returned",      "DELETE FROM t WHERE 1=1 RETURNING id",                         "tautology|false"       },
    { "one is two",                   "DELETE FROM t WHERE 1=2",                                      "true"                  },
    { "a column is none",             "DELETE FROM t WHERE id <> id",                                 "true"                  },
    { "and",                          "DELETE FROM t WHERE 1=1 AND id = 1",                           "true"                  },
    { "a builder's",                  "SELECT * FROM t WHERE 1=1 AND a = 2 AND b = 3",                "true"                  },
    { "a parameter",                  "DELETE FROM t WHERE id = ?",                                   "true"                  },
    { "two parameters",               "DELETE FROM t WHERE ? = ?",                                    "true"                  },
    { "a named one",                  "DELETE FROM t WHERE id = :id",                                 "true"                  },
    { "a numbered one",               "DELETE FROM t WHERE id = $1",                                  "true"                  },
    { "a list",                       "DELETE FROM t WHERE id IN (1,2)",                              "true"                  },
    { "another query",                "DELETE FROM t WHERE id IN (SELECT id FROM s WHERE 1=1)",       "true"                  },
    { "two columns",                  "DELETE FROM t WHERE a = b",                                    "true"                  },
    { "two tables",                   "DELETE FROM t USING s WHERE t.a = s.a",                        "true"                  },
    { "a pattern",                    "DELETE FROM t WHERE name LIKE 'a%'",                           "true"                  },
    { "a range",                      "DELETE FROM t WHERE d BETWEEN '2026-01-01' AND '2026-02-01'",  "true"                  },
    { "a null",                       "DELETE FROM t WHERE a IS NULL",                                "true"                  },
    { "a cursor",                     "DELETE FROM t WHERE CURRENT OF c",                             "true"                  },
    { "a date",                       "DELETE FROM t WHERE d < now() - interval '1 day'",             "true"                  },
    { "a text that says so",          "DELETE FROM t WHERE name = '1=1'",                             "true"                  },
    { "or of columns",                "DELETE FROM t WHERE a = 1 OR b = 2",                           "true"                  },
    { "a cast",                       "DELETE FROM t WHERE d::date = '2026-01-01'",                   "true"                  },
    { "not null",                     "UPDATE t SET a = 1 WHERE NOT (b = 2)",                         "true"                  },
    { "false",                        "DELETE FROM t WHERE false",                                    "true"                  },
    { "exists",                       "DELETE FROM t WHERE EXISTS (SELECT 1 FROM s WHERE s.a = t.a)", "true"                  },
    { "and of it all",                "DELETE FROM t WHERE 1=1 AND 2=2",                              "tautology|false"       },
    { "xor",                          "DELETE FROM t WHERE a XOR a",                                  "true"                  },
};

static const struct row injections[] = {
    {"the classic",                  "' OR 1=1 --",                                    "INJECTION"},
    { "without spaces",              "'or'1'='1",                                      "INJECTION"},
    { "with double quotes",          "\" or \"\"=\"",                                  "INJECTION"},
    { "with numbers",                "1 OR 1=1",                                       "INJECTION"},
    { "closing parentheses",         "') or ('a'='a",                                  "INJECTION"},
    { "two of them",                 "')) or (('a'='a",                                "INJECTION"},
    { "and",                         "' AND 1=1--",                                    "INJECTION"},
    { "a hash",                      "' or 1=1#",                                      "INJECTION"},
    { "a block",                     "admin'/*",                                       "INJECTION"},
    { "a cut",                       "admin'--",                                       "INJECTION"},
    { "a cut with a space",          "admin' -- ",                                     "INJECTION"},
    { "a cut with a plus",           "admin'--+",                                      "INJECTION"},
    { "a cut by a hash",             "admin'#",                                        "INJECTION"},
    { "stacked",                     "'; DROP TABLE users; --",                        "INJECTION"},
    { "stacked behind a number",     "1; DROP TABLE users",                            "INJECTION"},
    { "stacked deletion",            "1;DELETE FROM users",                            "INJECTION"},
    { "stacked update",              "x'; UPDATE users SET admin=1; --",               "INJECTION"},
    { "stacked insertion",           "x'; INSERT INTO users VALUES (1); --",           "INJECTION"},
    { "a procedure",                 "'; EXEC xp_cmdshell('dir'); --",                 "INJECTION"},
    { "a delay",                     "1; WAITFOR DELAY '0:0:5'",                       "INJECTION"},
    { "a delay behind a quote",      "'; waitfor delay '0:0:5'--",                     "INJECTION"},
    { "a delay without a semicolon", "')waitfor delay'5:0:20'--",                      "INJECTION"},
    { "the end",                     "'; SHUTDOWN; --",                                "INJECTION"},
    { "a union",                     "1 UNION SELECT password FROM users",             "INJECTION"},
    { "all of it",                   "' UNION ALL SELECT NULL,NULL--",                 "INJECTION"},
    { "with comments",               "1/**/UNION/**/SELECT/**/1,2",                    "INJECTION"},
    { "inline",                      "1 /*!50000UNION*/ /*!50000SELECT*/ 1",           "INJECTION"},
    { "in odd case",                 "-1 uNiOn sElEcT 1,2,3",                          "INJECTION"},
    { "with line breaks",            "1\012UNION\012SELECT 1",                         "INJECTION"},
    { "in parentheses",              "1) UNION (SELECT 1",                             "INJECTION"},
    { "the start cut off",           "UNION ALL SELECT 1,2,3",                         "INJECTION"},
    { "sleep",                       "' AND sleep(5)--",                               "INJECTION"},
    { "or sleep",                    "or SLEEP(5)",                                    "INJECTION"},
    { "only sleep",                  "pg_sleep(5)#",                                   "INJECTION"},
    { "a benchmark",                 "' or benchmark(10000000,md5(1))#",               "INJECTION"},
    { "a sub-query",                 "' AND (SELECT 1 FROM users)='1",                 "INJECTION"},
    { "a longer one",                "1 AND (SELECT COUNT(*) FROM users) > 0",         "INJECTION"},
    { "a case",                      "' AND CASE WHEN 1=1 THEN 1 ELSE 0 END--",        "INJECTION"},
    { "a substring",                 "' and substring(password,1,1)='a",               "INJECTION"},
    { "ascii",                       "1 and ascii(substr(user,1,1))>64",               "INJECTION"},
    { "a sort",                      "1' ORDER BY 10--",                               "INJECTION"},
    { "a sort without",              "ORDER BY 3--",                                   "INJECTION"},
    { "a group",                     "' GROUP BY 1 HAVING 1=1--",                      "INJECTION"},
    { "having",                      "' having 1=1--",                                 "INJECTION"},
    { "a pattern",                   "' OR name LIKE '%",                              "INJECTION"},
    { "like one",                    "' or 1 like 1--",                                "INJECTION"},
    { "between",                     "' or 1 between 0 and 2--",                       "INJECTION"},
    { "in",                          "' or 1 in (1)--",                                "INJECTION"},
    { "true",                        "' or true--",                                    "INJECTION"},
    { "a number alone",              "' or 1--",                                       "INJECTION"},
    { "not",                         "' or not 1=2--",                                 "INJECTION"},
    { "signs",                       "' || 1=1--",                                     "INJECTION"},
    { "two signs",                   "' && 1=1#",                                      "INJECTION"},
    { "joined",                      "'||(SELECT password FROM users)||'",             "INJECTION"},
    { "added",                       "'+(select 1)+'",                                 "INJECTION"},
    { "an error",                    "' and extractvalue(1,concat(0x7e,version()))--", "INJECTION"},
    { "char codes",                  "' or char(97)=char(97)--",                       "INJECTION"},
    { "hexadecimal",                 "' or 0x61=0x61--",                               "INJECTION"},
    { "a variable",                  "' UNION SELECT @@version--",                     "INJECTION"},
    { "escaped",                     "%27%20or%201%3D1--",                             "INJECTION"},
    { "escaped plus",                "1%20UNION%20SELECT%201",                         "INJECTION"},
    { "a declaration",               "'; declare @q varchar(99); exec(@q)--",          "INJECTION"},
    { "a file",                      "' union select load_file('/etc/passwd')--",      "INJECTION"},
    { "into a file",                 "' INTO OUTFILE '/var/www/x.php'--",              "INJECTION"},
    { "a column",                    "' or username='admin'--",                        "INJECTION"},
    { "a null",                      "' or a is null--",                               "INJECTION"},
    { "xor",                         "1' xor 1=1--",                                   "INJECTION"},
    { "a script's",                  "' || this.password.match(/a/)//",                "INJECTION"},
    { "equal twice",                 "' || '1'=='1",                                   "INJECTION"},
    { "a backtick",                  "` or 1=1--",                                     "INJECTION"},
    { "a regular expression",        "' or password rlike '^a'--",                     "INJECTION"},
    { "behind many quotes",          "''''''''''' or 1=1--",                           "INJECTION"},
    { "creating",                    "'; create user eve--",                           "INJECTION"},
};

static const struct row lookalikes[] = {
    {"an apostrophe",             "O'Brien",                                  ""},
    { "two words",                "Conan O'Brien",                            ""},
    { "a contraction",            "it's",                                     ""},
    { "two of them",              "it's what's new",                          ""},
    { "rock",                     "rock 'n' roll",                            ""},
    { "a possessive",             "the boys' night out",                      ""},
    { "and",                      "Tom's and Jerry's",                        ""},
    { "or",                       "Bob's or Alice's",                         ""},
    { "a request",                "drop table reservations please",           ""},
    { "a booking",                "cancel my table reservation",              ""},
    { "a choice",                 "select a table near the window",           ""},
    { "a union",                  "the European Union select committee",      ""},
    { "a trade union",            "union members",                            ""},
    { "a number",                 "#1 song",                                  ""},
    { "a hash",                   "dogs' #1 choice",                          ""},
    { "dashes",                   "it's -- well -- fine",                     ""},
    { "a dash",                   "the boys' - all of them",                  ""},
    { "a semicolon",              "hello; how are you",                       ""},
    { "a semicolon and a verb",   "wait; drop me a line",                     ""},
    { "a semicolon and a choice", "first; select the best one",               ""},
    { "equals",                   "a=b",                                      ""},
    { "arithmetic",               "1+1=2",                                    ""},
    { "a mail address",           "o'hara@example.org",                       ""},
    { "a time",                   "5 o'clock",                                ""},
    { "inches",                   "27\" monitor",                             ""},
    { "feet and inches",          "6'2\" tall",                               ""},
    { "quoted words",             "say \"hello\" and 'bye'",                  ""},
    { "a quoted title",           "\"Gone with the Wind\" or \"Casablanca\"", ""},
    { "a search with operators",  "cats AND dogs OR birds",                   ""},
    { "one with a quote",         "'exact phrase' AND other",                 ""},
    { "a field",                  "author:\"O'Reilly\" OR title:sql",         ""},
    { "a url",                    "https://example.org/?a=1&b=2",             ""},
    { "a path",                   "/usr/local/bin",                           ""},
    { "a date",                   "2026-01-01",                               ""},
    { "an identifier",            "ORD-12345",                                ""},
    { "a sentence about sleep",   "sleep (8 hours) is good",                  ""},
    { "order",                    "order by phone",                           ""},
    { "sorting",                  "group by color please",                    ""},
    { "likes",                    "I like 'Dune'",                            ""},
    { "between",                  "between 5 and 10",                         ""},
    { "in",                       "in stock",                                 ""},
    { "having",                   "having fun",                               ""},
    { "limits",                   "limit 10 items",                           ""},
    { "a price",                  "$5 or less",                               ""},
    { "two prices",               "1 or 2 bedrooms",                          ""},
    { "and a number",             "size 5 and 6",                             ""},
    { "code",                     "if a and b: pass",                         ""},
    { "a comment",                "great product!! -- 5 stars",               ""},
    { "a markdown list",          "- one\012- two",                           ""},
    { "a star",                   "C* or D*",                                 ""},
    { "a version",                ">=1.0 and <2.0",                           ""},
    { "a percent",                "100% cotton or wool",                      ""},
    { "empty",                    "",                                         ""},
    { "spaces",                   "   ",                                      ""},
    { "a nordic name",            "D'Angelo & Sons",                          ""},
    { "a french phrase",          "l'amour c'est la vie",                     ""},
    { "a plural",                 "CEOs' pay",                                ""},
    { "execution",                "exec summary; exec team",                  ""},
    { "an update",                "update: it's here",                        ""},
    { "a case",                   "case when needed",                         ""},
    { "quotes in quotes",         "'It''s'",                                  ""},
    { "a column",                 "where is my order",                        ""},
    { "not",                      "not 'that' one",                           ""},
    { "emoji",                    "it's \360\237\230\200",                    ""},
    { "a statement of fact",      "users; tables; drops",                     ""},
    { "an insertion",             "insert coin; insert card",                 ""},
    { "a like sign",              "'a' + 'b'",                                ""},
    { "sql itself",               "sql tutorial for beginners",               ""},
    { "a union of sets",          "A union B",                                ""},
    { "a joined name",            "Smith--Jones",                             ""},
    { "delay",                    "waitfor delay",                            ""},
    { "truth",                    "true or false",                            ""},
    { "being",                    "to be or not to be",                       ""},
};

/* Other facts, tools and arguments. */
static const struct asked {
    const char *name, *tool, *key;
    const char *text;
    unsigned list;
    const char *want;
} asked[] = {
    {"a table",                         "query_db",          "sql",       "SELECT a FROM users",                                            AIS_SQL_TABLES,     "users"                   },
    { "of a warehouse",                 "warehouse",         "query",     "DROP TABLE users",                                               AIS_SQL_TABLES,     "users"                   },
    { "of one by its name",             "neon_run",          "query",     "DROP TABLE users",                                               AIS_SQL_TABLES,     "users"                   },
    { "of what executes a statement",   "execute_statement", "q",         "DROP TABLE users",                                               AIS_SQL_TABLES,     "users"                   },
    { "a search for words",             "web_search",        "query",     "drop table users",                                               AIS_SQL_TABLES,     ""                        },
    { "one with its schema",            "query_db",          "sql",       "SELECT a FROM public.users",                                     AIS_SQL_TABLES,     "users|public.users"      },
    { "quotes go",                      "query_db",          "sql",       "SELECT a FROM \"Users\", `b`, [c d]",                            AIS_SQL_TABLES,     "Users|b|c d"             },
    { "joined ones",                    "query_db",          "sql",       "SELECT 1 FROM a JOIN b ON a.x=b.x LEFT JOIN c USING (y)",        AIS_SQL_TABLES,
     "a|b|c"                                                                                                                                                                              },
    { "several",                        "query_db",          "sql",       "DROP TABLE a, b.c",                                              AIS_SQL_TABLES,     "a|c|b.c"                 },
    { "within",                         "query_db",          "sql",       "SELECT * FROM (SELECT 1 FROM t) x WHERE a IN (SELECT b FROM u)", AIS_SQL_TABLES,
     "t|u"                                                                                                                                                                                },
    { "of an update",                   "query_db",          "sql",       "UPDATE ONLY t SET a=1",                                          AIS_SQL_TABLES,     "t"                       },
    { "of an insertion",                "query_db",          "sql",       "INSERT INTO t (a) SELECT b FROM u",                              AIS_SQL_TABLES,     "t|u"                     },
    { "of rights",                      "query_db",          "sql",       "GRANT SELECT ON t TO a",                                         AIS_SQL_TABLES,     "t"                       },
    { "no date is one",                 "query_db",          "sql",       "SELECT extract(year FROM d) FROM t",                             AIS_SQL_TABLES,     "t"                       },
    { "no comparison is one",           "query_db",          "sql",       "SELECT a IS DISTINCT FROM b FROM t",                             AIS_SQL_TABLES,     "t"                       },
    { "no column of a list is one",     "query_db",          "sql",       "SELECT a, b FROM t ORDER BY a, b",                               AIS_SQL_TABLES,     "t"                       },
    { "a function",                     "query_db",          "sql",       "SELECT PG_SLEEP(5)",                                             AIS_SQL_FUNCTIONS,  "pg_sleep"                },
    { "with a comment",                 "query_db",          "sql",       "SELECT sleep/**/(5)",                                            AIS_SQL_FUNCTIONS,  "sleep"                   },
    { "of a schema",                    "query_db",          "sql",       "SELECT utl_http.request('x')",                                   AIS_SQL_FUNCTIONS,  "request|utl_http.request"},
    { "a procedure",                    "query_db",          "sql",       "EXEC master..xp_cmdshell 'dir'",                                 AIS_SQL_FUNCTIONS,
     "xp_cmdshell|master..xp_cmdshell"                                                                                                                                                    },
    { "of a source",                    "query_db",          "sql",       "SELECT * FROM pg_read_file('/etc/passwd')",                      AIS_SQL_FUNCTIONS,
     "pg_read_file"                                                                                                                                                                       },
    { "within another",                 "query_db",          "sql",       "SELECT lower(load_file('x'))",                                   AIS_SQL_FUNCTIONS,  "lower|load_file"         },
    { "no word of the language is one", "query_db",          "sql",       "SELECT 1 WHERE a IN (1) AND (b)",                                AIS_SQL_FUNCTIONS,  ""                        },
    { "no table is one",                "query_db",          "sql",       "INSERT INTO t (a) VALUES (1)",                                   AIS_SQL_FUNCTIONS,  ""                        },
    { "how many there are",             "query_db",          "sql",       "SELECT 1; SELECT 2",                                             AIS_SQL_COUNTS,     "2 ; 2"                   },
    { "a statement by its argument",    "run",               "sql",       "DROP TABLE x",                                                   AIS_SQL_STATEMENTS, "DROP TABLE"              },
    { "and by another",                 "run",               "statement", "DROP TABLE x",                                                   AIS_SQL_STATEMENTS, "DROP TABLE"              },
    { "by the tool",                    "postgres.query",    "query",     "DROP TABLE x",                                                   AIS_SQL_STATEMENTS, "DROP TABLE"              },
    { "by a tool in one word",          "executeSql",        "query",     "DROP TABLE x",                                                   AIS_SQL_STATEMENTS, "DROP TABLE"              },
    { "not in a search",                "web_search",        "query",     "DROP TABLE x",                                                   AIS_SQL_STATEMENTS, ""                        },
    { "not in a mail",                  "send_email",        "body",      "' OR 1=1 --",                                                    AIS_SQL_STATEMENTS, ""                        },
    { "where comments do not nest",     "sqlite_query",      "sql",       "/* /* */ DROP TABLE a; --*/",                                    AIS_SQL_STATEMENTS,
     "DROP TABLE"                                                                                                                                                                         },
    { "where q is a name",              "sqlite_query",      "sql",       "SELECT 1 q'['; DROP TABLE a; --]'",                              AIS_SQL_STATEMENTS,
     "SELECT ; SELECT ; DROP TABLE"                                                                                                                                                       },
    { "of a cursor",                    "python_exec",       "code",      "cur.execute('DROP TABLE x')",                                    AIS_SQL_STATEMENTS, "DROP TABLE"              },
    { "of a variable in code",          "python_exec",       "code",      "q = 'DROP ' + 'TABLE x'\nconn.cursor().execute(q)",
     AIS_SQL_STATEMENTS,                                                                                                                                        "DROP TABLE"              },
    { "of a clause",                    "python_exec",       "code",      "session.execute(text('DROP TABLE x'))",                          AIS_SQL_STATEMENTS, "DROP TABLE"              },
    { "of a query in JavaScript",       "run_javascript",    "code",      "db.query(\"DROP TABLE x\")",                                     AIS_SQL_STATEMENTS,
     "DROP TABLE"                                                                                                                                                                         },
    { "of a function of PHP",           "php_exec",          "code",      "mysqli_query($c, 'DROP TABLE x');",                              AIS_SQL_STATEMENTS,
     "DROP TABLE"                                                                                                                                                                         },
    { "of DBI",                         "perl",              "code",      "$dbh->do('DROP TABLE x')",                                       AIS_SQL_STATEMENTS, "DROP TABLE"              },
    { "of a client that code runs",     "python_exec",       "code",      "import os; os.system(\"psql -c 'DROP TABLE x'\")",
     AIS_SQL_STATEMENTS,                                                                                                                                        "DROP TABLE"              },
    { "of code in a shell",             "bash",              "command",   "python3 -c \"cur.execute('DROP TABLE x')\"",                     AIS_SQL_STATEMENTS,
     "DROP TABLE"                                                                                                                                                                         },
    { "of code, not a parameter",       "python_exec",       "code",      "cur.execute('SELECT ?', ['DROP TABLE x'])",
     AIS_SQL_STATEMENTS,                                                                                                                                        "SELECT"                  },
    { "of code, not what it prints",    "python_exec",       "code",      "print('DROP TABLE x')",                                          AIS_SQL_STATEMENTS, ""                        },
    { "of code, no comment",            "python_exec",       "code",      "# cur.execute('DROP TABLE x')",                                  AIS_SQL_STATEMENTS, ""                        },
    { "of psql",                        "bash",              "command",   "psql -h db -c 'DROP TABLE x'",                                   AIS_SQL_STATEMENTS, "DROP TABLE"              },
    { "of psql, long",                  "bash",              "command",   "psql --command=\"DROP TABLE x\"",                                AIS_SQL_STATEMENTS, "DROP TABLE"              },
    { "of mysql",                       "bash",              "command",   "sudo mysql -u root -e \"DROP DATABASE x\"",                      AIS_SQL_STATEMENTS, "DROP DATABASE"           },
    { "of mysql, joined",               "bash",              "command",   "mysql -e'DROP DATABASE x'",                                      AIS_SQL_STATEMENTS, "DROP DATABASE"           },
    { "of sqlite3",                     "bash",              "command",   "sqlite3 a.db \"DELETE FROM t\"",                                 AIS_SQL_STATEMENTS, "DELETE"                  },
    { "by a pipe",                      "bash",              "command",   "echo 'DROP TABLE x' | psql",                                     AIS_SQL_STATEMENTS, "DROP TABLE"              },
    { "by a here document",             "bash",              "command",   "psql db <<EOF\nDROP TABLE x;\nEOF",                              AIS_SQL_STATEMENTS, "DROP TABLE"              },
    { "by a full path",                 "bash",              "command",   "/usr/bin/psql -c 'DROP TABLE x'",                                AIS_SQL_STATEMENTS, "DROP TABLE"              },
    { "by a here string",               "bash",              "command",   "psql <<< 'DROP TABLE x'",                                        AIS_SQL_STATEMENTS, "DROP TABLE"              },
    { "by joined options",              "bash",              "command",   "psql -Atc 'DROP TABLE x'",                                       AIS_SQL_STATEMENTS, "DROP TABLE"              },
    { "in a shell of its own",          "bash",              "command",   "bash -c \"psql -c 'DROP TABLE x'\"",                             AIS_SQL_STATEMENTS,
     "DROP TABLE"                                                                                                                                                                         },
    { "of a word and the text, one",    "bash",              "command",   "psql -c 'DROP TABLE x' -c 'SELECT 1'",                           AIS_SQL_STATEMENTS,
     "DROP TABLE ; SELECT"                                                                                                                                                                },
    { "what a shell makes of a word",   "bash",              "command",   "q='DROP TABLE x'; psql -c \"$q\"",                               AIS_SQL_STATEMENTS,
     "DROP TABLE"                                                                                                                                                                         },
    { "a variable of the environment",  "bash",              "command",   "psql -c \"$Q\"",                                                 AIS_SQL_STATEMENTS, ""                        },
    { "what a command prints",          "bash",              "command",   "mysql -e \"$(cat a.sql)\"",                                      AIS_SQL_TABLES,
     "a statement that only another command knows"                                                                                                                                        },
    { "a dollar quote is known",        "bash",              "command",   "psql -c '$$DROP TABLE x$$'",                                     AIS_SQL_STATEMENTS, ""                        },
    { "a value is not the statement",   "bash",              "command",   "psql -c \"DELETE FROM t WHERE a=$ID\"",                          AIS_SQL_STATEMENTS,
     "DELETE"                                                                                                                                                                             },
    { "of a file",                      "bash",              "command",   "echo 'DELETE FROM t' >a.sql; mysql d <a.sql",                    AIS_SQL_STATEMENTS, "DELETE"                  },
    { "not of a message",               "bash",              "command",   "git commit -m \"psql -c 'DROP TABLE x'\"",                       AIS_SQL_STATEMENTS, ""                        },
    { "a byte order mark",              "query_db",          "sql",       "\357\273\277DROP TABLE x",                                       AIS_SQL_STATEMENTS, "DROP TABLE"              },
    { "an ideographic space",           "query_db",          "sql",       "DROP\343\200\200TABLE x",                                        AIS_SQL_STATEMENTS, "DROP TABLE"              },
    { "a filter",                       "filter_products",   "where",     "name = 'Bob' or name = 'Al'",                                    AIS_SQL_STATEMENTS, ""                        },
    { "one that lets all through",      "filter_products",   "where",     "name = 'Bob' or 1=1",                                            AIS_SQL_STATEMENTS, "INJECTION"               },
    { "one that waits",                 "filter_products",   "where",     "id = 1 and sleep(5)",                                            AIS_SQL_STATEMENTS, "INJECTION"               },
    { "not of echo",                    "bash",              "command",   "echo 'DROP TABLE x'",                                            AIS_SQL_STATEMENTS, ""                        },
    { "not of grep",                    "bash",              "command",   "grep 'DROP TABLE' psql.log",                                     AIS_SQL_STATEMENTS, ""                        },
    { "an operator in a form",          "find_user",         "name",      "user[$ne]=1",                                                    AIS_SQL_STATEMENTS, "NOSQL OPERATOR"          },
    { "one in JSON",                    "find_user",         "name",      "{\"$gt\": \"\"}",                                                AIS_SQL_STATEMENTS, "NOSQL OPERATOR"          },
    { "code",                           "find_user",         "name",      "$where: '1 == 1'",                                               AIS_SQL_STATEMENTS, "NOSQL OPERATOR"          },
    { "a price is none",                "find_user",         "name",      "$5: cheap",                                                      AIS_SQL_STATEMENTS, ""                        },
    { "a query's injection",            "query_db",          "sql",       "SELECT a FROM t WHERE n = '' OR 'x'='x",                         AIS_SQL_STATEMENTS,
     "SELECT|INJECTION"                                                                                                                                                                   },
    { "a broken one",                   "query_db",          "sql",       "SELECT a FROM t WHERE n = 1)) or pg_sleep(5)--",                 AIS_SQL_STATEMENTS,
     "SELECT|INJECTION"                                                                                                                                                                   },
    { "a name is none",                 "query_db",          "sql",       "SELECT a FROM t WHERE n = 'O'Brien'",                            AIS_SQL_STATEMENTS, "SELECT"                  },
};

static void append_json(struct ais_buf *out, const char *text)
{
    for (; *text != '\0'; text++) {
        if ((unsigned char)*text < ' ')
            ais_buf_format(out, "\\u%04x", (unsigned)*text);
        else {
            if (*text == '"' || *text == '\\')
                ais_buf_byte(out, '\\');
            ais_buf_byte(out, *text);
        }
    }
}

static void check(const char *tool, const char *key, const char *text, unsigned list, const char *want)
{
    AUTO(ais_buf_done) struct ais_buf body = { 0 };
    AUTO(ais_buf_done) struct ais_buf got = { 0 };
    struct part_lab lab;
    ais_buf_format(&body, "{\"tool_name\":\"%s\",\"tool_args\":{\"%s\":\"", tool, key);
    append_json(&body, text);
    ais_buf_text(&body, "\"}}");
    part_lab_init(&lab, body.data, body.length);
    const struct ais_part *part = ais_view_part(&lab.view, AIS_PART_SQL);
    assert_false(lab.view.failed);
    assert_null(part->unknown);
    part_print(part, list, &got);
    assert_string_equal(got.data != NULL ? got.data : "", want);
    part_lab_done(&lab);
}

static void check_statement(void **state)
{
    const struct row *row = *state;
    check("query_db", "sql", row->text, AIS_SQL_STATEMENTS, row->want);
}

static void check_where(void **state)
{
    const struct row *row = *state;
    check("query_db", "sql", row->text, AIS_SQL_WHERES, row->want);
}

static void check_value(void **state)
{
    const struct row *row = *state;
    check("search_customers", "name", row->text, AIS_SQL_STATEMENTS, row->want);
}

static void check_asked(void **state)
{
    const struct asked *row = *state;
    check(row->tool, row->key, row->text, row->list, row->want);
}

/* Whole arguments: operators in members. */
static const struct operators {
    const char *name, *arguments, *want;
} operators[] = {
    {"not null under a credential", "{\"password\":{\"$ne\":null}}",                    "NOSQL OPERATOR"},
    { "more than nothing",          "{\"q\":{\"a\":{\"$gt\":\"\"}}}",                   "NOSQL OPERATOR"},
    { "code",                       "{\"filter\":{\"$where\":\"this.a == 1\"}}",        "NOSQL OPERATOR"},
    { "a pattern of all",           "{\"user\":{\"$regex\":\".*\"}}",                   "NOSQL OPERATOR"},
    { "in a list",                  "{\"filter\":[{\"x\":{\"$ne\":\"\"}}]}",            "NOSQL OPERATOR"},
    { "a comparison is none",       "{\"filter\":{\"age\":{\"$gt\":5}}}",               ""              },
    { "a list of values is none",   "{\"filter\":{\"state\":{\"$in\":[\"a\",\"b\"]}}}", ""              },
    { "a choice is none",           "{\"filter\":{\"$or\":[{\"a\":1},{\"b\":2}]}}",     ""              },
};

static void check_operators(void **state)
{
    const struct operators *row = *state;
    AUTO(ais_buf_done) struct ais_buf body = { 0 };
    AUTO(ais_buf_done) struct ais_buf got = { 0 };
    struct part_lab lab;
    ais_buf_format(&body, "{\"tool_name\":\"find_users\",\"tool_args\":%s}", row->arguments);
    part_lab_init(&lab, body.data, body.length);
    part_print(ais_view_part(&lab.view, AIS_PART_SQL), AIS_SQL_STATEMENTS, &got);
    assert_string_equal(got.data != NULL ? got.data : "", row->want);
    part_lab_done(&lab);
}

/* The words that readers look for are found by halving: they must be in order. */
static void words_are_sorted(void **state)
{
    (void)state;
    for (unsigned i = 1; i < AIS_SQL_WORD_COUNT; i++) {
        const char *word = ais_sql_word_text((enum ais_sql_word)i);
        assert_int_equal(ais_sql_word_find(word, strlen(word)), i);
    }
}

/* More than the bounds is unknown, and what was read stays. */
static void too_much_is_unknown(void **state)
{
    AUTO(ais_buf_done) struct ais_buf body = { 0 };
    struct part_lab lab;
    (void)state;
    ais_buf_text(&body, "{\"tool_name\":\"t\",\"tool_args\":{\"sql\":\"");
    for (int i = 0; i < 2000; i++)
        ais_buf_text(&body, "DROP TABLE x;");
    ais_buf_text(&body, "\"}}");
    part_lab_init(&lab, body.data, body.length);
    const struct ais_part *part = ais_view_part(&lab.view, AIS_PART_SQL);
    assert_string_equal(part->unknown, "more than 1,024 SQL statements");
    assert_int_equal(part->elements, 1024);
    part_lab_done(&lab);
}

/* A value of 50 KiB with a thousand apostrophes is prose all the same, and one that continues a statement behind as
 * many is found. */
static void apostrophes_are_prose(void **state)
{
    static const char *const prose[] = { "it isn't the dogs' day, ", "the boss's plan (we'd rather not) wasn't read; ",
                                         "rock 'n' roll, and 'that' too. ", "don't say 'never', say 'not yet'\\n" };
    AUTO(ais_buf_done) struct ais_buf text = { 0 };
    (void)state;
    for (size_t i = 0; text.length < (50 << 10); i++)
        ais_buf_text(&text, prose[i % N_ELEMS(prose)]);
    check("search_customers", "name", text.data, AIS_SQL_STATEMENTS, "");
    for (size_t i = 0; i < N_ELEMS(injections); i++) {
        if (injections[i].text[0] != '\'')
            continue;
        AUTO(ais_buf_done) struct ais_buf value = { 0 };
        ais_buf_format(&value, "%s%s", text.data, injections[i].text);
        check("search_customers", "name", value.data, AIS_SQL_STATEMENTS, injections[i].want);
    }
}

/* No byte is read into tokens more often than the bounds say, whatever the text: each dialect once, what may continue a
 * statement in both, and a window behind each quote as far as the part may work. */
static void work_is_linear(void **state)
{
    static const char *const pieces[] = { "'",
                                          "\"",
                                          "(",
                                          ";",
                                          "/*",
                                          "--",
                                          "$a$",
                                          "$a$b",
                                          "\\'",
                                          "exec('",
                                          "exec(''",
                                          "select 1;",
                                          "' or ",
                                          "drop table a ",
                                          "(delete from a ",
                                          "case when ",
                                          "[a",
                                          "1=1 or ",
                                          "''",
                                          "%27",
                                          "`" };
    enum { LENGTH = 1 << 18, TIMES = 32 };
    (void)state;
    for (size_t i = 0; i < N_ELEMS(pieces); i++) {
        AUTO(ais_arena_destroy) struct ais_arena *arena = ais_arena_new(0);
        AUTO(ais_buf_done) struct ais_buf text = { 0 };
        struct ais_view view;
        struct ais_part part = { 0 };
        struct ais_sql_reader reader = { .view = &view, .part = &part };
        ais_view_begin(&view, NULL, arena);
        while (text.length < LENGTH)
            ais_buf_text(&text, pieces[i]);
        ais_sql_read(&reader, text.data, text.length, AIS_SQL_EITHER);
        ais_sql_injects(&reader, text.data, text.length);
        ais_sql_clients(&reader, text.data, text.length);
        assert_false(view.failed);
        assert_in_range(reader.tokens.work + reader.continued.work + reader.within, LENGTH, TIMES * text.length);
    }
}

/* A condition of more parentheses than are read has a value that is not known. */
static void deep_conditions_are_unknown(void **state)
{
    AUTO(ais_buf_done) struct ais_buf body = { 0 };
    struct part_lab lab;
    (void)state;
    ais_buf_text(&body, "{\"tool_name\":\"t\",\"tool_args\":{\"sql\":\"DELETE FROM t WHERE ");
    for (int i = 0; i < 100; i++)
        ais_buf_text(&body, "(");
    ais_buf_text(&body, "a=1\"}}");
    part_lab_init(&lab, body.data, body.length);
    const struct ais_part_list *found = &ais_view_part(&lab.view, AIS_PART_SQL)->lists[AIS_SQL_WHERES];
    assert_int_equal(found->count, 1);
    assert_int_equal(found->items[0].kind, AIS_VALUE_UNKNOWN);
    part_lab_done(&lab);
}

/* The members of one map hold for one statement. */
static const struct rule_row {
    const char *name, *sql, *want;
} rules[] = {
    {"a deletion without a condition",         "SELECT * FROM t WHERE a=1; DELETE FROM t", "\"block\""},
    { "a deletion beside a query without one", "SELECT * FROM t; DELETE FROM t WHERE a=1", "\"allow\""},
};

static void check_rule(void **state)
{
    static const char pack[] =
        "name: lab\nversion: 1.0.0\nrules:\n- {id: r, title: T, action: block, detection: {s: {sql.statement: "
        "DELETE, sql.where: 'false'}, condition: s}}\n";
    const struct rule_row *row = *state;
    const char *documents[] = { pack };
    AUTO(ais_buf_done) struct ais_buf body = { 0 };
    AUTO(ais_buf_done) struct ais_buf answer = { 0 };
    struct ais_policy *policy = lab_compile(documents, 1, AIS_ACTION_ALLOW);
    struct ais_engine *engine = ais_engine_new();
    ais_buf_format(&body, "{\"tool_name\":\"t\",\"tool_args\":{\"sql\":\"%s\"}}", row->sql);
    lab_answer(engine, policy, body.data, (struct ais_question){ 0 }, &answer);
    bool blocked = strstr(answer.data, "\"allowed\":false") != NULL;
    assert_int_equal(blocked, strcmp(row->want, "\"block\"") == 0);
    ais_engine_destroy(&engine);
    ais_policy_unref(&policy);
}

enum {
    STATEMENTS = N_ELEMS(statements),
    WHERES = N_ELEMS(wheres),
    INJECTIONS = N_ELEMS(injections),
    LOOKALIKES = N_ELEMS(lookalikes),
    ASKED = N_ELEMS(asked),
    OPERATORS = N_ELEMS(operators),
    RULES = N_ELEMS(rules),
    PLAIN = 5
};

int main(void)
{
    static struct CMUnitTest tests[STATEMENTS + WHERES + INJECTIONS + LOOKALIKES + ASKED + OPERATORS + RULES + PLAIN];
    struct CMUnitTest *at = tests;
    AIS_ROWS(at, statements, check_statement);
    at += STATEMENTS;
    AIS_ROWS(at, wheres, check_where);
    at += WHERES;
    AIS_ROWS(at, injections, check_value);
    at += INJECTIONS;
    AIS_ROWS(at, lookalikes, check_value);
    at += LOOKALIKES;
    AIS_ROWS(at, asked, check_asked);
    at += ASKED;
    AIS_ROWS(at, operators, check_operators);
    at += OPERATORS;
    AIS_ROWS(at, rules, check_rule);
    at += RULES;
    at[0] = (struct CMUnitTest)cmocka_unit_test(words_are_sorted);
    at[1] = (struct CMUnitTest)cmocka_unit_test(too_much_is_unknown);
    at[2] = (struct CMUnitTest)cmocka_unit_test(work_is_linear);
    at[3] = (struct CMUnitTest)cmocka_unit_test(deep_conditions_are_unknown);
    at[4] = (struct CMUnitTest)cmocka_unit_test(apostrophes_are_prose);
    return cmocka_run_group_tests_name("policy/facts/sql", tests, NULL, NULL);
}

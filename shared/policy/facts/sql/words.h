/* The words of SQL that readers here look at, in alphabetical order. */
#ifndef AIS_SHARED_POLICY_SQL_WORDS_H
#define AIS_SHARED_POLICY_SQL_WORDS_H

#include <stddef.h>

/*    word  */
#define AIS_SQL_WORDS(X) \
    X(ALL)               \
    X(ALTER)             \
    X(ANALYZE)           \
    X(AND)               \
    X(ANY)               \
    X(AS)                \
    X(ASC)               \
    X(ATTACH)            \
    X(BACKUP)            \
    X(BEGIN)             \
    X(BETWEEN)           \
    X(BULK)              \
    X(BY)                \
    X(CALL)              \
    X(CASCADE)           \
    X(CASE)              \
    X(COLLATE)           \
    X(COMMENT)           \
    X(COMMIT)            \
    X(CONTINUE)          \
    X(COPY)              \
    X(CREATE)            \
    X(CROSS)             \
    X(CURRENT)           \
    X(DATA)              \
    X(DATABASE)          \
    X(DEALLOCATE)        \
    X(DECLARE)           \
    X(DELAY)             \
    X(DELETE)            \
    X(DENY)              \
    X(DESC)              \
    X(DESCRIBE)          \
    X(DETACH)            \
    X(DISTINCT)          \
    X(DIV)               \
    X(DO)                \
    X(DROP)              \
    X(DUMPFILE)          \
    X(ELSE)              \
    X(END)               \
    X(ESCAPE)            \
    X(EXCEPT)            \
    X(EXEC)              \
    X(EXECUTE)           \
    X(EXISTS)            \
    X(EXPLAIN)           \
    X(EXTRACT)           \
    X(FALSE)             \
    X(FETCH)             \
    X(FILTER)            \
    X(FLUSH)             \
    X(FOR)               \
    X(FROM)              \
    X(FULL)              \
    X(GLOB)              \
    X(GRANT)             \
    X(GROUP)             \
    X(HANDLER)           \
    X(HAVING)            \
    X(IF)                \
    X(ILIKE)             \
    X(IMMEDIATE)         \
    X(IN)                \
    X(INNER)             \
    X(INSERT)            \
    X(INTERSECT)         \
    X(INTERVAL)          \
    X(INTO)              \
    X(IS)                \
    X(ISNULL)            \
    X(JOIN)              \
    X(KILL)              \
    X(LATERAL)           \
    X(LEFT)              \
    X(LIKE)              \
    X(LIMIT)             \
    X(LOAD)              \
    X(LOCK)              \
    X(LOOP)              \
    X(MERGE)             \
    X(MINUS)             \
    X(MOD)               \
    X(NATURAL)           \
    X(NOT)               \
    X(NOTNULL)           \
    X(NULL)              \
    X(OFFSET)            \
    X(ON)                \
    X(ONLY)              \
    X(OPTIMIZE)          \
    X(OPTION)            \
    X(OR)                \
    X(ORDER)             \
    X(OUTER)             \
    X(OUTFILE)           \
    X(OVER)              \
    X(OVERLAY)           \
    X(POSITION)          \
    X(PRAGMA)            \
    X(PREPARE)           \
    X(PROCEDURE)         \
    X(PROGRAM)           \
    X(PURGE)             \
    X(REFERENCES)        \
    X(REGEXP)            \
    X(REINDEX)           \
    X(RENAME)            \
    X(REPLACE)           \
    X(RESET)             \
    X(RESTART)           \
    X(RESTORE)           \
    X(RESTRICT)          \
    X(RETURNING)         \
    X(REVOKE)            \
    X(RIGHT)             \
    X(RLIKE)             \
    X(ROLLBACK)          \
    X(SAVEPOINT)         \
    X(SELECT)            \
    X(SET)               \
    X(SHOW)              \
    X(SHUTDOWN)          \
    X(SIMILAR)           \
    X(SOME)              \
    X(SUBSTRING)         \
    X(TABLE)             \
    X(THEN)              \
    X(TO)                \
    X(TOP)               \
    X(TRIM)              \
    X(TRUE)              \
    X(TRUNCATE)          \
    X(UNION)             \
    X(UNKNOWN)           \
    X(UNLOAD)            \
    X(UNLOCK)            \
    X(UPDATE)            \
    X(USE)               \
    X(USING)             \
    X(VACUUM)            \
    X(VALUES)            \
    X(WAITFOR)           \
    X(WHEN)              \
    X(WHERE)             \
    X(WINDOW)            \
    X(WITH)              \
    X(XOR)

enum ais_sql_word {
    AIS_SQL_NO_WORD,
#define X(word) AIS_SQL_##word,
    AIS_SQL_WORDS(X)
#undef X
        AIS_SQL_WORD_COUNT
};

/* The word that n bytes are, whatever their case; AIS_SQL_NO_WORD: another one. */
enum ais_sql_word ais_sql_word_find(const char *text, size_t n);

/* The word in upper case. */
const char *ais_sql_word_text(enum ais_sql_word word);

#endif

# Run at each build: writes revision.h when version, commit or libraries changed. Variables: SOURCE, OUTPUT, VERSION,
# LIBRARIES (a list of name=version).
execute_process(COMMAND git -C ${SOURCE} describe --always --dirty --abbrev=12 --match=
  OUTPUT_VARIABLE revision OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET RESULT_VARIABLE failed)
if(failed)
  set(revision unknown)
endif()
set(rows)
foreach(library IN LISTS LIBRARIES)
  string(REPLACE "=" "\", \"" row ${library})
  string(APPEND rows " { \"${row}\" },")
endforeach()
set(text "/* Written by revision.cmake. */
#define AIS_VERSION   \"${VERSION}\"
#define AIS_REVISION  \"${revision}\"
#define AIS_LIBRARIES ${rows}
")
file(CONFIGURE OUTPUT ${OUTPUT} CONTENT "${text}" @ONLY)

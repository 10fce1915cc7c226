# Writes OUTPUT, a C file that holds SOURCE as an array of bytes: see openapi.h.
include(${CMAKE_CURRENT_LIST_DIR}/../cmake/bytes.cmake)
ais_bytes(${SOURCE} bytes)
file(WRITE ${OUTPUT} "#include \"gateway/openapi.h\"\n\nconst unsigned char openapi_yaml[] = {\n    ${bytes}\n};\n\nconst size_t openapi_yaml_size = sizeof openapi_yaml;\n")

# Toolchain for a program that runs on another machine: Debian's cross compiler.
#
#     cmake -S . -B build/board --toolchain cmake/board.cmake -DSERIALTCP_BOARD=aarch64-linux-gnu -DSERIALTCP_STATIC=ON ...
#
# scripts/boards.sh does it for each kind of board.
set(CMAKE_SYSTEM_NAME Linux)
list(APPEND CMAKE_TRY_COMPILE_PLATFORM_VARIABLES SERIALTCP_BOARD)
string(REGEX MATCH "^[^-]+" CMAKE_SYSTEM_PROCESSOR "${SERIALTCP_BOARD}")
set(CMAKE_CXX_COMPILER ${SERIALTCP_BOARD}-g++)
set(CMAKE_LIBRARY_ARCHITECTURE ${SERIALTCP_BOARD})
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)

# Toolchain for a program that runs on another machine: Debian's compiler for it, and the libraries of cmake/board_libraries.
#
#     cmake -S . -B build/board --toolchain cmake/board.cmake -DSERIALTCP_BOARD=aarch64-linux-gnu
#       -DSERIALTCP_BOARD_LIBRARIES=FOLDER -DSERIALTCP_STATIC=ON ...
#
# scripts/build-boards does it for each architecture.
set(CMAKE_SYSTEM_NAME Linux)
list(APPEND CMAKE_TRY_COMPILE_PLATFORM_VARIABLES SERIALTCP_BOARD)
string(REGEX MATCH "^[^-]+" CMAKE_SYSTEM_PROCESSOR "${SERIALTCP_BOARD}")
set(CMAKE_C_COMPILER ${SERIALTCP_BOARD}-gcc)
set(CMAKE_CXX_COMPILER ${SERIALTCP_BOARD}-g++)
set(CMAKE_LIBRARY_ARCHITECTURE ${SERIALTCP_BOARD})
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
if(SERIALTCP_BOARD_LIBRARIES)
  set(CMAKE_CXX_STANDARD_INCLUDE_DIRECTORIES ${SERIALTCP_BOARD_LIBRARIES}/include)
  set(CMAKE_EXE_LINKER_FLAGS_INIT -L${SERIALTCP_BOARD_LIBRARIES}/lib)
endif()

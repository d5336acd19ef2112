# Toolchain for Windows of 64 bits: Debian's mingw-w64 with the threads of POSIX, which the C++ library needs, and the libraries
# of cmake/board_libraries.
#
#     cmake -S . -B build/windows --toolchain cmake/windows.cmake -DSERIALTCP_BOARD_LIBRARIES=FOLDER -DSERIALTCP_STATIC=ON ...
#
# scripts/build-windows does it.
set(CMAKE_SYSTEM_NAME Windows)
set(CMAKE_SYSTEM_PROCESSOR x86_64)
set(CMAKE_C_COMPILER x86_64-w64-mingw32-gcc-posix)
set(CMAKE_CXX_COMPILER x86_64-w64-mingw32-g++-posix)
set(CMAKE_RC_COMPILER x86_64-w64-mingw32-windres)
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
if(SERIALTCP_BOARD_LIBRARIES)
  set(CMAKE_CXX_STANDARD_INCLUDE_DIRECTORIES ${SERIALTCP_BOARD_LIBRARIES}/include)
  set(CMAKE_EXE_LINKER_FLAGS_INIT -L${SERIALTCP_BOARD_LIBRARIES}/lib)
endif()

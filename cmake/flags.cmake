# Warnings, sanitizers and hardening, for every target of the project: link against serialtcp_flags.
add_library(serialtcp_flags INTERFACE)
target_compile_options(serialtcp_flags INTERFACE -Wall -Wextra -Wpedantic -Wconversion -Wshadow)
# g++ takes a file that is compiled with others for a header, whose types must not be of that file alone, and a local type hides
# one of another file. Clang has better warnings.
if(CMAKE_UNITY_BUILD AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  target_compile_options(serialtcp_flags INTERFACE -Wno-subobject-linkage -Wno-shadow)
endif()
if(WIN32)
  target_compile_options(serialtcp_flags INTERFACE -Wa,-mbig-obj)  # more than 32,767 sections
endif()
if(SERIALTCP_WERROR)
  target_compile_options(serialtcp_flags INTERFACE -Werror)
endif()

# What is compiled often and runs little is not optimised, which takes half the time: targets say so by a property. And
# sanitizers need no more than -O1, which takes three fifths of the time of -O2.
define_property(TARGET PROPERTY SERIALTCP_UNOPTIMIZED BRIEF_DOCS "compiled with -O0")
set(UNOPTIMIZED $<BOOL:$<TARGET_PROPERTY:SERIALTCP_UNOPTIMIZED>>)
if(SERIALTCP_SANITIZE)
  target_compile_options(serialtcp_flags INTERFACE -O$<IF:${UNOPTIMIZED},0,1> -fsanitize=${SERIALTCP_SANITIZE}
                                                   -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_compile_definitions(serialtcp_flags INTERFACE SERIALTCP_SANITIZED)  # asked in tests of what it changes
  target_link_options(serialtcp_flags INTERFACE -fsanitize=${SERIALTCP_SANITIZE})
else()
  target_compile_options(serialtcp_flags INTERFACE -fstack-protector-strong -D_GLIBCXX_ASSERTIONS -U_FORTIFY_SOURCE
                                                   $<${UNOPTIMIZED}:-O0>)
  if(SERIALTCP_FUZZ)
    target_compile_options(serialtcp_flags INTERFACE $<$<NOT:${UNOPTIMIZED}>:-O1>)
  elseif(NOT CMAKE_BUILD_TYPE STREQUAL "Debug")
    target_compile_options(serialtcp_flags INTERFACE $<$<NOT:${UNOPTIMIZED}>:-D_FORTIFY_SOURCE=2>)
  endif()
  if(NOT WIN32)
    target_link_options(serialtcp_flags INTERFACE -Wl,-z,relro,-z,now)
  endif()
endif()
if(SERIALTCP_STATIC)
  target_compile_options(serialtcp_flags INTERFACE -ffunction-sections -fdata-sections)
  target_link_options(serialtcp_flags INTERFACE -Wl,--gc-sections)
  # Streams of the C++ library bring its locales: a third of a small program. The program has no use for them.
  target_compile_definitions(serialtcp_flags INTERFACE FMT_STATIC_THOUSANDS_SEPARATOR=',' BOOST_ASIO_NO_IOSTREAM)
  if(CMAKE_SIZEOF_VOID_P EQUAL 4)
    target_compile_definitions(serialtcp_flags INTERFACE _FILE_OFFSET_BITS=64 _TIME_BITS=64)
    target_link_libraries(serialtcp_flags INTERFACE atomic)  # numbers of 64 bits
  endif()
  set(CMAKE_INTERPROCEDURAL_OPTIMIZATION ${SERIALTCP_LTO})
  # Where Debian's cross compilers cannot link a program that is static and position-independent (32 bits), it is only static.
  include(CheckCXXSourceCompiles)
  set(CMAKE_REQUIRED_LINK_OPTIONS -static-pie)
  check_cxx_source_compiles("int main() {}" SERIALTCP_STATIC_PIE)
  unset(CMAKE_REQUIRED_LINK_OPTIONS)
else()
  include(CheckPIESupported)
  check_pie_supported()
endif()
set(CMAKE_POSITION_INDEPENDENT_CODE ON)

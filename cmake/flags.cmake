# Warnings, sanitizers and hardening, for every target of the project: link against serialtcp_flags.
add_library(serialtcp_flags INTERFACE)
target_compile_options(serialtcp_flags INTERFACE -Wall -Wextra -Wpedantic -Wconversion -Wshadow)
if(SERIALTCP_WERROR)
  target_compile_options(serialtcp_flags INTERFACE -Werror)
endif()

# Sanitizers need no more than -O1, which compiles in three fifths of the time that -O2 takes. Targets with the property
# SERIALTCP_UNOPTIMIZED, the unit tests, are compiled with -O0, twice as fast again.
define_property(TARGET PROPERTY SERIALTCP_UNOPTIMIZED BRIEF_DOCS "compiled with -O0 where there are sanitizers")
if(SERIALTCP_SANITIZE)
  set(LEVEL $<IF:$<BOOL:$<TARGET_PROPERTY:SERIALTCP_UNOPTIMIZED>>,0,1>)
  target_compile_options(serialtcp_flags INTERFACE -O${LEVEL} -fsanitize=${SERIALTCP_SANITIZE} -fno-sanitize-recover=all
                                                   -fno-omit-frame-pointer)
  target_compile_definitions(serialtcp_flags INTERFACE SERIALTCP_SANITIZED)  # asked in tests of what it changes
  target_link_options(serialtcp_flags INTERFACE -fsanitize=${SERIALTCP_SANITIZE})
else()
  target_compile_options(serialtcp_flags INTERFACE -fstack-protector-strong -D_GLIBCXX_ASSERTIONS)
  if(NOT CMAKE_BUILD_TYPE STREQUAL "Debug")
    target_compile_options(serialtcp_flags INTERFACE -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2)
  endif()
  target_link_options(serialtcp_flags INTERFACE -Wl,-z,relro,-z,now)
endif()
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
include(CheckPIESupported)
check_pie_supported()

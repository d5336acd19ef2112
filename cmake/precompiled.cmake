# Headers that are read once for a target instead of once for each of its files, which takes half of the time to compile.
# The sources include what they use all the same: builds with ccache, which caches no such files, go without.
set(STANDARD_HEADERS <algorithm> <array> <chrono> <deque> <expected> <functional> <map> <memory> <optional> <span> <string>
                     <string_view> <utility> <variant> <vector>)
set(ASIO_HEADERS <boost/asio/generic/stream_protocol.hpp> <boost/asio/io_context.hpp> <boost/asio/ip/tcp.hpp>
                 <boost/asio/ip/udp.hpp> <boost/asio/posix/stream_descriptor.hpp> <boost/asio/post.hpp>
                 <boost/asio/signal_set.hpp> <boost/asio/steady_timer.hpp>)
if(CMAKE_CXX_COMPILER_LAUNCHER MATCHES "ccache")
  set(CMAKE_DISABLE_PRECOMPILE_HEADERS ON)
endif()

# g++ 12 that has read headers so warns of errors that are none when it optimizes: it does this only for targets that are
# not optimized, the unit tests.
function(serialtcp_precompile target)
  get_target_property(unoptimized ${target} SERIALTCP_UNOPTIMIZED)
  if(unoptimized OR SERIALTCP_CORE_TESTS OR NOT CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    target_precompile_headers(${target} PRIVATE ${ARGN})
  endif()
endfunction()

// Names that a test can count on without a name server; preloaded into serialtcp with LD_PRELOAD.
//   missing.test         does not exist
//   slow.test            takes 30 s, and then does not exist
//   late.test            takes 0.3 s, and then does not exist
//   found-late.test      takes 0.3 s, and then is 127.0.0.1
//   hang*                take 30 s, and then do not exist
//   board.test           is 127.0.0.1
//   six.test             is ::1
//   any.test             is 0.0.0.0, as some filters answer
//   slow-later.test      the first lookup says 127.0.0.1 at once, every later one takes 30 s
// All other names go to the real getaddrinfo(). Each lookup of a name is noted in the file FAKE_RESOLVER_LOG,
// if there is one.
#include <dlfcn.h>
#include <netdb.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <fstream>
#include <string_view>

using GetAddrInfo = int (*)(const char*, const char*, const addrinfo*, addrinfo**);

constexpr unsigned kSlowSeconds = 30;
constexpr unsigned kLateMicroseconds = 300'000;

namespace {

void note(std::string_view name) {
  if (const char* path = std::getenv("FAKE_RESOLVER_LOG")) {
    std::ofstream(path, std::ios::app) << name << std::endl;
  }
}

}  // namespace

extern "C" int getaddrinfo(const char* node, const char* service, const addrinfo* hints, addrinfo** result) {
  static const auto real = reinterpret_cast<GetAddrInfo>(dlsym(RTLD_NEXT, "getaddrinfo"));
  static std::atomic<int> lookups = 0;

  const std::string_view name = node == nullptr ? "" : node;
  if (name == "missing.test") {
    return EAI_NONAME;
  }
  const bool slow_later = name == "slow-later.test" && lookups++ > 0;
  note(name);
  if (name == "slow.test" || slow_later || name.starts_with("hang")) {
    sleep(kSlowSeconds);
    return EAI_NONAME;
  }
  if (name == "late.test" || name == "found-late.test") {
    usleep(kLateMicroseconds);
  }
  if (name == "late.test") {
    return EAI_NONAME;
  }
  if (name == "slow-later.test" || name == "found-late.test") {
    return real("127.0.0.1", service, hints, result);
  }
  if (name == "board.test") {
    return real("127.0.0.1", service, hints, result);
  }
  if (name == "six.test") {
    return real("::1", service, hints, result);
  }
  if (name == "any.test") {
    return real("0.0.0.0", service, hints, result);
  }
  return real(node, service, hints, result);
}

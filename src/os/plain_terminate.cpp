// Of static programs: what is done when nobody catches an exception. That of the C++ library prints its type, for which it
// brings a demangler of 40 kB.
#include <unistd.h>

#include <cstdlib>
#include <string_view>

namespace __gnu_cxx {

[[noreturn]] void __verbose_terminate_handler();

void __verbose_terminate_handler() {
  constexpr std::string_view kText =
      "serialtcp: an exception was not caught: this is an error in serialtcp\n";
  [[maybe_unused]] const ssize_t put = ::write(STDERR_FILENO, kText.data(), kText.size());
  std::abort();
}

}  // namespace __gnu_cxx

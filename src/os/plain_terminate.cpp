// Of static programs: what is done when nobody catches an exception, and when the C++ library is used wrongly
// (_GLIBCXX_ASSERTIONS). What the library does by itself prints the names of types, for which it brings a demangler of 40 kB.
#include <unistd.h>

#include <cstdlib>
#include <string_view>

namespace {

[[noreturn]] void end_with(std::string_view what, std::string_view where) {
  for (const std::string_view part : {std::string_view("serialtcp: a fault in the program: "), what,
                                      std::string_view(" in "), where, std::string_view("\n")}) {
    [[maybe_unused]] const ssize_t put =
        ::write(STDERR_FILENO, part.data(), static_cast<unsigned>(part.size()));
  }
  std::abort();
}

}  // namespace

namespace __gnu_cxx {

[[noreturn]] void __verbose_terminate_handler();

void __verbose_terminate_handler() {
  end_with("an exception was not caught", "it");
}

}  // namespace __gnu_cxx

namespace std {

void __glibcxx_assert_fail(const char* /*file*/, int /*line*/, const char* function,
                           const char* condition) noexcept {
  end_with(condition != nullptr ? condition : "what cannot be", function != nullptr ? function : "it");
}

}  // namespace std

#include "http/page.h"

#include <fmt/format.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "http/page_text.h"
#include "os/entropy.h"

namespace serialtcp::http {

namespace {

constexpr std::string_view kPlaceholder = "{{nonce}}";

std::string fresh_nonce() {
  std::string text;
  for (const auto byte : io::fresh_entropy()) text += fmt::format("{:02x}", static_cast<unsigned>(byte));
  return text;
}

}  // namespace

Response page() {
  const std::string nonce = fresh_nonce();
  std::string text(kPageText);
  for (std::size_t at = 0; (at = text.find(kPlaceholder, at)) != std::string::npos;)
    text.replace(at, kPlaceholder.size(), nonce);
  return {.type = "text/html; charset=utf-8",
          .policy = fmt::format(
              "default-src 'none'; style-src 'nonce-{0}'; script-src 'nonce-{0}'; connect-src "
              "'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
              nonce),
          .body = std::move(text)};
}

}  // namespace serialtcp::http

#include "http/response.h"

#include <fmt/format.h>

#include <array>
#include <ctime>
#include <string_view>

#include "http/request.h"
#include "os/calendar.h"

namespace serialtcp::http {

namespace {

/// "Sun, 06 Nov 1994 08:49:37 GMT"; the program never sets a locale.
std::string date() {
  const std::tm parts = io::utc_parts(std::time(nullptr));
  std::array<char, 40> text{};
  return {text.data(), std::strftime(text.data(), text.size(), "%a, %d %b %Y %H:%M:%S GMT", &parts)};
}

std::string_view framing_field(Framing framing) {
  return framing == Framing::chunks ? "Transfer-Encoding: chunked\r\n" : "";
}

}  // namespace

Response plain(unsigned status, const std::string& text) {
  return {.status = status, .body = fmt::format("{} {}: {}\n", status, reason_phrase(status), text)};
}

std::string head_of(const Response& response, Framing framing, After after) {
  const std::string length = framing == Framing::length
                                 ? fmt::format("Content-Length: {}\r\n", response.body.size())
                                 : std::string(framing_field(framing));
  return fmt::format(
      "HTTP/1.1 {} {}\r\n"
      "Date: {}\r\n"
      "Content-Type: {}\r\n"
      "{}"
      "Cache-Control: no-store\r\n"
      "Content-Security-Policy: {}\r\n"
      "Cross-Origin-Resource-Policy: same-origin\r\n"
      "Referrer-Policy: no-referrer\r\n"
      "X-Content-Type-Options: nosniff\r\n"
      "X-Frame-Options: DENY\r\n"
      "{}"
      "Connection: {}\r\n"
      "\r\n",
      response.status, reason_phrase(response.status), date(), response.type, length, response.policy,
      response.fields, after == After::keep ? "keep-alive" : "close");
}

}  // namespace serialtcp::http

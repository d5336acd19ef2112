#include "http/request.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/status.hpp>
#include <cctype>
#include <utility>

namespace serialtcp::http {

namespace {

namespace beast = boost::beast::http;

constexpr unsigned kHttp10 = 10;
constexpr unsigned kHttp11 = 11;

std::string text_of(boost::beast::string_view text) {
  return {text.data(), text.size()};
}

/// "http://HOST/PATH" is how a proxy is asked, and a server has to take it as well (RFC 9112, 3.2.2).
struct Destination {
  std::optional<std::string> host;
  std::string path;
};
std::optional<Destination> destination_of(std::string_view target) {
  constexpr std::string_view kScheme = "http://";
  const auto same = [](unsigned char a, unsigned char b) { return std::tolower(a) == b; };
  Destination to;
  if (target.size() > kScheme.size() && std::ranges::equal(target.substr(0, kScheme.size()), kScheme, same)) {
    target.remove_prefix(kScheme.size());
    const std::size_t end = std::min(target.find_first_of("/?"), target.size());
    to.host = target.substr(0, end);
    target.remove_prefix(end);
    if (!target.starts_with('/')) {
      to.path = "/";
      return to;
    }
  }
  if (!target.starts_with('/')) return std::nullopt;
  to.path = target.substr(0, target.find('?'));
  return to;
}

Refusal syntax(boost::system::error_code error) {
  if (error == beast::error::header_limit)
    return {431, fmt::format("a request has up to {} bytes before its empty line", kMaxHead)};
  if (error == beast::error::bad_version) return {505, "the version of the protocol is HTTP/1.1 or HTTP/1.0"};
  return {400, fmt::format("this is not a request of HTTP/1.1 ({})", error.message())};
}

}  // namespace

struct RequestReader::Parser {
  Parser() {
    parser.header_limit(kMaxHead);
    parser.eager(false);
  }
  beast::request_parser<beast::empty_body> parser;
};

RequestReader::RequestReader() = default;
RequestReader::~RequestReader() = default;

void RequestReader::add(std::string_view bytes) {
  input_ += bytes;
}

bool RequestReader::begun() const {
  return head_ > 0 || !input_.empty();
}

RequestReader::Result RequestReader::next() {
  // Some clients end a request with one more empty line than necessary (RFC 9112, 2.2).
  if (head_ == 0) input_.erase(0, std::min(input_.find_first_not_of("\r\n"), input_.size()));
  // TLS, say: its end would be waited for in vain.
  if (head_ == 0 && !input_.empty() && std::isalpha(static_cast<unsigned char>(input_[0])) == 0)
    return syntax(make_error_code(beast::error::bad_method));
  if (!parser_) parser_ = std::make_unique<Parser>();
  auto& parser = parser_->parser;
  while (!input_.empty() && !parser.is_header_done()) {
    boost::system::error_code error;
    const std::size_t taken = parser.put(boost::asio::buffer(input_), error);
    head_ += taken;
    input_.erase(0, taken);
    if (error == beast::error::need_more || (!error && taken == 0)) break;
    if (error) return syntax(error);
  }
  if (head_ + (parser.is_header_done() ? 0 : input_.size()) > kMaxHead)
    return syntax(make_error_code(beast::error::header_limit));
  if (!parser.is_header_done()) return {};
  Result result = judge();
  parser_.reset();
  head_ = 0;
  return result;
}

/// Of a complete head.
RequestReader::Result RequestReader::judge() {
  const auto& parser = parser_->parser;
  const auto& message = parser.get();
  if (message.version() != kHttp11 && message.version() != kHttp10)
    return syntax(make_error_code(beast::error::bad_version));
  if (message.method() != beast::verb::get && message.method() != beast::verb::head)
    return Refusal{405, "there is only something to read here: GET and HEAD"};
  if (parser.chunked() || parser.content_length().value_or(0) > 0 ||
      message.count(beast::field::transfer_encoding) > 0)
    return Refusal{413, "a request has no body here"};
  const std::size_t hosts = message.count(beast::field::host);
  if (hosts > 1 || (hosts == 0 && message.version() == kHttp11))
    return Refusal{400, "a request has one field Host"};
  auto to = destination_of(text_of(message.target()));
  if (!to) return Refusal{400, "the target of a request begins with a slash"};
  if (!to->host && hosts > 0) to->host = text_of(message[beast::field::host]);
  return Request{.head = message.method() == beast::verb::head,
                 .path = std::move(to->path),
                 .host = std::move(to->host),
                 .accept = text_of(message[beast::field::accept]),
                 .chunks = message.version() == kHttp11,
                 .keep_alive = message.keep_alive()};
}

std::string_view reason_phrase(unsigned status) {
  const auto text = beast::obsolete_reason(static_cast<beast::status>(status));
  return {text.data(), text.size()};
}

}  // namespace serialtcp::http

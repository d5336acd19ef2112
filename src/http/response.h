// What the HTTP server answers, and its head.
#pragma once

#include <memory>
#include <optional>
#include <string>

namespace serialtcp::http {

/// A body that is made piece by piece, so that a long one neither holds the loop up nor needs memory for all of it.
class Pieces {
 public:
  virtual ~Pieces() = default;
  /// Nothing after the last one. None is empty.
  virtual std::optional<std::string> next() = 0;
};

struct Response {
  unsigned status = 200;
  std::string type = "text/plain; charset=utf-8";
  std::string policy = "default-src 'none'; frame-ancestors 'none'";  ///< Content-Security-Policy
  std::string fields = {};  ///< further ones, each with its end of line
  std::string body = {};
  std::unique_ptr<Pieces> pieces = {};                         ///< instead of `body`
  enum class Then { answered, events } then = Then::answered;  ///< events follow, until the client closes
};

/// An answer that is a sentence.
Response plain(unsigned status, const std::string& text);

/// How the client finds the end of the body.
enum class Framing { length, chunks, until_close };
enum class After { keep, close };

std::string head_of(const Response& response, Framing framing, After after);

}  // namespace serialtcp::http

// Reads the requests of a client of the HTTP server (RFC 9112), as far as it serves them: GET and HEAD without a body.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace serialtcp::http {

/// Of a request, up to its empty line.
inline constexpr std::size_t kMaxHead = 4096;

struct Request {
  bool head = false;  ///< HEAD: no body in the answer
  std::string path;   ///< without what follows a question mark
  /// As the client calls this server; nothing if it does not, as HTTP/1.0 permits.
  std::optional<std::string> host;
  std::string accept;
  bool chunks = true;  ///< the client understands chunks (HTTP/1.1)
  bool keep_alive = false;
};

/// What is wrong with a request; after that answer, the connection is closed.
struct Refusal {
  unsigned status = 400;
  std::string text;  ///< a sentence
};

class RequestReader {
 public:
  RequestReader();
  ~RequestReader();

  /// Bytes of the client, in pieces of any size.
  void add(std::string_view bytes);

  /// The next request; nothing until it is complete. A refusal is the last result.
  using Result = std::variant<std::monostate, Request, Refusal>;
  Result next();

  /// Whether a request has begun.
  bool begun() const;
  /// What is kept, of the request that is coming and of what was sent after it.
  std::size_t kept() const { return input_.size(); }

 private:
  struct Parser;

  Result judge();

  std::unique_ptr<Parser> parser_;
  std::string input_;
  std::size_t head_ = 0;  ///< bytes of this request that the parser has taken
};

/// "200 OK", without the number.
std::string_view reason_phrase(unsigned status);

}  // namespace serialtcp::http

// Requests, good and bad, whole and in pieces; what a client may call the server; what it takes for an answer.
#include "http/request.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "http/accept.h"
#include "http/allowed_hosts.h"

namespace serialtcp::http {
namespace {

RequestReader::Result read(std::string_view text) {
  RequestReader reader;
  reader.add(text);
  return reader.next();
}

Request good(std::string_view text) {
  const auto result = read(text);
  const auto* const request = std::get_if<Request>(&result);
  EXPECT_NE(request, nullptr) << text;
  return request != nullptr ? *request : Request{};
}

unsigned refused(std::string_view text) {
  const auto result = read(text);
  const auto* const refusal = std::get_if<Refusal>(&result);
  EXPECT_NE(refusal, nullptr) << text;
  EXPECT_TRUE(refusal == nullptr || !refusal->text.empty());
  return refusal != nullptr ? refusal->status : 0;
}

bool incomplete(std::string_view text) {
  return std::holds_alternative<std::monostate>(read(text));
}

TEST(HttpRequest, IsReadWithItsFields) {
  const Request request = good("GET /metrics?x=1 HTTP/1.1\r\nHost: h:1\r\nAccept: a/b\r\n\r\n");
  EXPECT_EQ(request.path, "/metrics");
  EXPECT_EQ(request.host, "h:1");
  EXPECT_EQ(request.accept, "a/b");
  EXPECT_FALSE(request.head);
  EXPECT_TRUE(request.chunks);
  EXPECT_TRUE(request.keep_alive);
  EXPECT_TRUE(good("HEAD / HTTP/1.1\r\nHost: h\r\n\r\n").head);
}

TEST(HttpRequest, OfVersionOneDotZeroNeedsNoHost) {
  const Request request = good("GET / HTTP/1.0\r\n\r\n");
  EXPECT_FALSE(request.host);
  EXPECT_FALSE(request.chunks);
  EXPECT_FALSE(request.keep_alive);
}

TEST(HttpRequest, MayHaveAWholeAddressAsItsTarget) {
  const Request request = good("GET http://x:1/a?b HTTP/1.1\r\nHost: y\r\n\r\n");
  EXPECT_EQ(request.host, "x:1");
  EXPECT_EQ(request.path, "/a");
  EXPECT_EQ(good("GET HTTP://x HTTP/1.1\r\nHost: y\r\n\r\n").path, "/");
  EXPECT_EQ(good("GET http://x?b HTTP/1.1\r\nHost: y\r\n\r\n").path, "/");
}

TEST(HttpRequest, IsTheSameInPiecesOfAnySize) {
  const std::string text = "\r\nGET /a HTTP/1.1\r\nHost: h\r\n\r\nHEAD /b HTTP/1.1\r\nHost: h\r\n\r\n";
  for (std::size_t size = 1; size <= text.size(); ++size) {
    RequestReader reader;
    std::vector<std::string> paths;
    for (std::size_t at = 0; at < text.size(); at += size) {
      reader.add(std::string_view(text).substr(at, size));
      for (auto result = reader.next(); !std::holds_alternative<std::monostate>(result);
           result = reader.next())
        paths.push_back(std::get<Request>(result).path);
    }
    EXPECT_EQ(paths, (std::vector<std::string>{"/a", "/b"})) << size;
    EXPECT_FALSE(reader.begun());
  }
}

TEST(HttpRequest, HasNoOtherMethodsAndNoBody) {
  EXPECT_EQ(refused("POST / HTTP/1.1\r\nHost: h\r\n\r\n"), 405U);
  EXPECT_EQ(refused("OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n"), 405U);
  EXPECT_EQ(refused("NONSENSE / HTTP/1.1\r\nHost: h\r\n\r\n"), 405U);
  EXPECT_EQ(refused("GET / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n\r\nx"), 413U);
  EXPECT_EQ(refused("GET / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"), 413U);
  good("GET / HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n");
}

TEST(HttpRequest, ThatIsNoneIsRefused) {
  EXPECT_EQ(refused("GET / HTTP/1.1\r\n\r\n"), 400U);
  EXPECT_EQ(refused("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"), 400U);
  EXPECT_EQ(refused("GET metrics HTTP/1.1\r\nHost: a\r\n\r\n"), 400U);
  EXPECT_EQ(refused("GET / HTTP/2.0\r\nHost: a\r\n\r\n"), 505U);
  EXPECT_EQ(refused("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n"), 400U);
  EXPECT_EQ(refused("\x16\x03\x01\x02\x00\x01 nonsense\r\n\r\n"), 400U);
  EXPECT_EQ(refused("GET / HTTP/1.1\r\nHost: a\x01\r\n\r\n"), 400U);
}

TEST(HttpRequest, HasALimitWithAndWithoutAnEnd) {
  const std::string begin = "GET / HTTP/1.1\r\nHost: h\r\nX: ";
  const std::string end = "\r\n\r\n";
  good(begin + std::string(kMaxHead - begin.size() - end.size() - 1, 'x') + end);
  EXPECT_EQ(refused(begin + std::string(kMaxHead, 'x') + end), 431U);
  EXPECT_EQ(refused(begin + std::string(kMaxHead, 'x')), 431U);
  EXPECT_EQ(refused("GET /" + std::string(kMaxHead, 'x')), 431U);
  std::string many = begin + "x\r\n";
  while (many.size() < kMaxHead + 1) many += "A: b\r\n";
  EXPECT_EQ(refused(many), 431U);
  EXPECT_TRUE(incomplete(begin));
  EXPECT_TRUE(incomplete(""));
}

TEST(HttpHosts, AreAddressesLocalhostAndNamesThatWereGiven) {
  const std::string names[] = {"Rack.lan.", "127.0.0.1", "*"};
  const AllowedHosts hosts(names);
  for (const char* good : {"localhost", "LOCALHOST:1", "localhost.", "127.0.0.1:8080", "10.0.0.7", "[::1]",
                           "[::1]:80", "[fe80::1]:1", "rack.lan", "RACK.LAN:5", "rack.lan:"})
    EXPECT_TRUE(hosts.permits(good)) << good;
  for (const char* bad : {"", "evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "rack", "*",
                          "::1", "[::1", "[::1]x", "[localhost]", "localhost:x", "localhost:1:2",
                          "localhost evil", "rack.lan@evil.example", " localhost", ":80", "[]"})
    EXPECT_FALSE(hosts.permits(bad)) << bad;
}

TEST(HttpAccept, ComparesWhatTheClientNames) {
  const std::string_view type = "text/plain";
  EXPECT_EQ(quality_of("", type), 0);
  EXPECT_EQ(quality_of("*/*", type), 0);
  EXPECT_EQ(quality_of("Text/Plain", type), 1);
  EXPECT_EQ(quality_of("a/b;q=1, text/plain ; version=0.0.4 ; q=0.5", type), 0.5);
  EXPECT_EQ(quality_of("text/plain;q=0.2,text/plain;Q=0.3", type), 0.3);
  for (const char* bad : {"text/plain;q=2", "text/plain;q=-1", "text/plain;q=x", "text/plain;q=0.5x",
                          "text/plain;q=nan", "text/plain;q=inf", "text/plainer"})
    EXPECT_EQ(quality_of(bad, type), 0) << bad;
}

}  // namespace
}  // namespace serialtcp::http

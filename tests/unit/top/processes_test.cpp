// Programs at control sockets that are good, slow, hostile, restarted and gone, asked without waiting.
#include "top/processes.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/json/serialize.hpp>
#include <filesystem>
#include <utility>

#include "base/prng.h"
#include "control/request.h"
#include "control/status_json.h"
#include "net/unix_socket.h"
#include "temporary_folder.h"
#include "top/rows.h"

namespace serialtcp::top {
namespace {

using namespace std::chrono_literals;

constexpr Time kStart{1000s};

/// Answers what a test wants, by hand.
class Program {
 public:
  explicit Program(std::string path) : path_(std::move(path)) {
    listener_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const io::StreamEndpoint at = io::unix_endpoint(path_);
    EXPECT_EQ(::bind(listener_, at.data(), static_cast<socklen_t>(at.size())), 0);
    EXPECT_EQ(::listen(listener_, 8), 0);
  }
  ~Program() {
    hang_up();
    ::close(listener_);
    std::filesystem::remove(path_);
  }
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  void accept() { client_ = ::accept(listener_, nullptr, nullptr); }
  void hang_up() {
    if (client_ >= 0) ::close(std::exchange(client_, -1));
  }
  std::string request() const {
    std::array<char, 4096> buffer;
    const ssize_t count = ::recv(client_, buffer.data(), buffer.size(), 0);
    return {buffer.data(), static_cast<std::size_t>(std::max<ssize_t>(count, 0))};
  }
  void say(std::string_view bytes) const {
    EXPECT_EQ(::send(client_, bytes.data(), bytes.size(), MSG_NOSIGNAL), static_cast<ssize_t>(bytes.size()));
  }
  void answer(const control::ProcessStatus& status) const {
    say(control::answer({{"status", control::to_json(status)}}));
  }

 private:
  std::string path_;
  int listener_ = -1, client_ = -1;
};

class TopProcesses : public testing::Test {
 protected:
  std::string news() {
    std::string text;
    for (const std::string& one : processes_.news()) text += one + "\n";
    return text;
  }
  std::string problems(Time now = kStart) {
    std::string text;
    for (const std::string& one : processes_.problems(now)) text += one + "\n";
    return text;
  }

  TemporaryFolder folder_;
  std::string path_ = folder_.file("socket");
  Model model_;
  Processes processes_{path_, ""};
};

TEST_F(TopProcesses, NobodyIsThereThenSomebodyThenNobody) {
  processes_.ask(kStart);
  processes_.take(model_);
  EXPECT_EQ(problems(), "No serialtcp process listens at " + path_ + ". Waiting for one.\n");
  {
    Program program(path_);
    processes_.ask(kStart + 1s);
    program.accept();
    EXPECT_FALSE(processes_.is_complete());
    EXPECT_FALSE(processes_.take(model_));
    program.answer(process_of("a", 2));
    EXPECT_TRUE(processes_.take(model_));
    EXPECT_TRUE(processes_.is_complete());
    EXPECT_EQ(model_.connections().size(), 2U);
    EXPECT_EQ(news(), "process 4711 has started\n");
    EXPECT_EQ(problems(), "");
  }
  processes_.ask(kStart + 2s);
  processes_.take(model_);
  EXPECT_EQ(news(), "process 4711 has ended\n");
  EXPECT_EQ(model_.processes(), 0U);
  EXPECT_NE(problems(), "");
}

TEST_F(TopProcesses, AnotherProcessAtTheSamePlaceIsAnother) {
  auto program = std::make_unique<Program>(path_);
  processes_.ask(kStart);
  program->accept();
  program->answer(process_of("a"));
  processes_.take(model_);
  EXPECT_EQ(news(), "");  // it was there before
  program.reset();
  program = std::make_unique<Program>(path_);
  processes_.ask(kStart + 1s);
  program->accept();
  control::ProcessStatus other = process_of("b");
  other.pid = 4712;
  program->answer(other);
  processes_.take(model_);
  EXPECT_EQ(news(), "process 4711 has ended\nprocess 4712 has started\n");
  ASSERT_EQ(model_.links().size(), 1U);
  EXPECT_EQ(model_.links()[0]->name, "b");
}

TEST_F(TopProcesses, OneThatDoesNotAnswerIsNotWaitedForAndNamed) {
  Program program(path_);
  processes_.ask(kStart);
  program.accept();
  processes_.take(model_);
  EXPECT_EQ(problems(kStart + 1s), "");
  EXPECT_EQ(problems(kStart + 5s), path_ + " has not answered for 5 s\n");
  processes_.ask(kStart + 6s);  // it is not asked again: one request is there already
  program.answer(process_of("a"));
  processes_.take(model_);
  const std::string requests = program.request();
  EXPECT_EQ(std::ranges::count(requests, '\n'), 1);
}

TEST_F(TopProcesses, AllConnectionsAreAskedFor) {
  Program program(path_);
  processes_.ask(kStart);
  program.accept();
  EXPECT_NE(program.request().find("\"connections_after\":0"), std::string::npos);
  control::ProcessStatus status = process_of("a", 3);
  const control::ProcessStatus whole = status;
  status.links[0].connections.resize(2);
  program.answer(status);
  EXPECT_FALSE(processes_.take(model_));
  EXPECT_NE(program.request().find("\"connections_after\":2"), std::string::npos);
  status.links[0].connections = {whole.links[0].connections[2]};
  program.answer(status);
  EXPECT_TRUE(processes_.take(model_));
  EXPECT_EQ(model_.connections().size(), 3U);
}

TEST_F(TopProcesses, OneThatClaimsToHaveEverMoreConnectionsIsBounded) {
  Program program(path_);
  processes_.ask(kStart);
  program.accept();
  control::ProcessStatus status = process_of("a", 0);
  std::uint64_t number = 0;
  for (int i = 0; i < 1000 && !processes_.is_complete(); ++i) {
    status.links[0].connections.clear();
    for (int k = 0; k < 250; ++k) status.links[0].connections.push_back(connection_of("a", ++number));
    status.links[0].connections_now = UINT64_MAX;
    const std::string line = control::answer({{"status", control::to_json(status)}});
    program.request();
    program.say(line);
    processes_.take(model_);
  }
  EXPECT_TRUE(processes_.is_complete());
  EXPECT_LE(model_.connections().size(), control::StatusQuery::kMaxConnectionsOfAll + 250);
}

TEST_F(TopProcesses, GarbageIsReportedAndAskedAgain) {
  Program program(path_);
  int round = 0;
  for (const char* const garbage :
       {"\n", "garbage\n", "[]\n", "{}\n",
        R"({"ok":1})"
        "\n",
        R"({"ok":true})"
        "\n",
        R"({"ok":true,"status":[]})"
        "\n",
        R"({"ok":true,"status":{"links":[{"name":5}]}})"
        "\n",
        R"({"ok":true,"status":{"links":{}}})"
        "\n",
        R"({"ok":false})"
        "\n",
        "\xff\xfe\x1b[2J\n", "{\"ok\":true,\"status\":{\"links\":[[[[[[[[[[[[[[[[[[\n"}) {
    processes_.ask(kStart + std::chrono::seconds(++round));
    program.accept();
    program.say(garbage);
    EXPECT_TRUE(processes_.take(model_)) << garbage;
    EXPECT_NE(problems(), "") << garbage;
    EXPECT_EQ(problems().find('\x1b'), std::string::npos);
    EXPECT_EQ(model_.links().size(), 0U);
    program.hang_up();
    program.accept();  // of the attempt to connect again
    program.hang_up();
  }
  processes_.ask(kStart + 100s);
  program.accept();
  program.answer(process_of("a"));
  processes_.take(model_);
  EXPECT_EQ(problems(), "");
  EXPECT_EQ(model_.links().size(), 1U);
}

TEST_F(TopProcesses, AnAnswerWithoutEndIsGivenUp) {
  Program program(path_);
  processes_.ask(kStart);
  program.accept();
  const std::string much(100'000, '[');
  for (int i = 0; i < 400 && !processes_.is_complete(); ++i) {
    program.say(much);
    processes_.take(model_);
  }
  EXPECT_TRUE(processes_.is_complete());
  EXPECT_NE(problems().find("it has no end"), std::string::npos);
}

TEST_F(TopProcesses, ClosesByAConnectionOfItsOwn) {
  Program program(path_);
  processes_.ask(kStart);
  program.accept();
  program.answer(process_of("a", 1));
  processes_.take(model_);
  processes_.close(model_.connections()[0]->key);
  program.accept();
  EXPECT_EQ(program.request(), R"({"request":"close","connection":"a#1"})"
                               "\n");
  program.say(control::answer());
  processes_.take(model_);
  EXPECT_EQ(news(), "a#1 was reset\n");
  processes_.close(model_.connections()[0]->key);
  program.accept();
  program.say(control::refusal({control::kNotFound, "there is no connection"}));
  processes_.take(model_);
  EXPECT_EQ(news(), "there is no connection\n");
  processes_.close({99, "a#1"});
  EXPECT_EQ(news(), "a#1 was not closed: its process does not answer\n");
  for (std::size_t i = 0; i < Processes::kMaxCloses; ++i) {
    processes_.close(model_.connections()[0]->key);
    program.accept();
    EXPECT_EQ(news(), "");
  }
  processes_.close(model_.connections()[0]->key);
  EXPECT_EQ(news(), "a#1 was not closed: its process does not answer\n");
}

TEST_F(TopProcesses, AnyBytesAreTaken) {
  base::Prng random(5);
  Program program(path_);
  const std::string good = control::answer({{"status", control::to_json(process_of("a", 3))}});
  for (int round = 0; round < 500; ++round) {
    processes_.ask(kStart + std::chrono::seconds(round));
    std::string line = good;
    for (std::uint64_t i = random.below(4) + 1; i > 0; --i)
      line[random.below(line.size() - 1)] = static_cast<char>(random.below(256));
    program.accept();
    program.say(line);
    processes_.take(model_);
    for (const std::string& problem : processes_.problems(kStart)) EXPECT_FALSE(problem.empty());
    program.hang_up();
    processes_.take(model_);
    ASSERT_TRUE(processes_.is_complete());
  }
}

}  // namespace
}  // namespace serialtcp::top

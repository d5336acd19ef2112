// Programs as targets on Windows: their input, output, errors and ends, and that their jobs end with them.
#include <array>
#include <boost/asio/write.hpp>

#include "loop_fixture.h"
#include "net/program.h"

namespace serialtcp::io {
namespace {

struct WindowsProgramTest : testing::Test {
  using Result = std::expected<StreamSocket, ResetReason>;

  StreamSocket start(ProgramTarget& target) {
    std::optional<Result> result;
    attempt = target.reach(7, [&](Result got) { result = std::move(got); });
    EXPECT_FALSE(result.has_value()) << "never from within the call";
    run_until(context, [&] { return result.has_value(); });
    if (result && *result) return std::move(**result);
    ADD_FAILURE() << "it was not started: " << recorder.all();
    return StreamSocket(context);
  }

  /// Everything that it writes until its end.
  std::string output_of(StreamSocket& socket) { return text_until_end(context, socket); }

  std::string output_of(const std::string& command) {
    ProgramTarget target(context, command, recorder);
    StreamSocket socket = start(target);
    std::string text = output_of(socket);
    EXPECT_TRUE(run_until(context, [&] { return target.running() == 0; }));
    return text;
  }

  asio::io_context context;
  Recorder recorder;
  std::shared_ptr<Attempt> attempt;
};

TEST_F(WindowsProgramTest, WritesToItsSocketAndSaysHowItEnded) {
  EXPECT_EQ(output_of("echo hello& echo there"), "hello\r\nthere\r\n");
  EXPECT_TRUE(recorder.has("7: the program ended with status 0")) << recorder.all();
  EXPECT_EQ(output_of("exit 3"), "");
  EXPECT_TRUE(recorder.has("7: the program ended with status 3")) << recorder.all();
}

TEST_F(WindowsProgramTest, ReadsFromItsSocket) {
  ProgramTarget target(context, "set /p word=& call echo [%word%]", recorder);
  StreamSocket socket = start(target);
  EXPECT_EQ(target.running(), 1U);
  asio::write(socket, asio::buffer(std::string("from here\r\n")));
  EXPECT_EQ(output_of(socket), "[from here]\r\n");
}

TEST_F(WindowsProgramTest, ItsErrorsAreLoggedLineByLine) {
  EXPECT_EQ(output_of("echo out& echo first 1>&2& echo second 1>&2"), "out\r\n");
  EXPECT_TRUE(recorder.has("7: the program says: first")) << recorder.all();
  EXPECT_TRUE(recorder.has("7: the program says: second")) << recorder.all();
}

TEST_F(WindowsProgramTest, IsTerminatedIfItDoesNotEnd) {
  ProgramTarget target(context, "ping -n 1000 127.0.0.1 >nul", recorder);
  StreamSocket socket = start(target);
  attempt->cancel();
  EXPECT_TRUE(run_until(context, [&] { return target.running() == 0; }));
  EXPECT_TRUE(recorder.has("7: the program was ended")) << recorder.all();
}

TEST_F(WindowsProgramTest, IsKilledWithItsTarget) {
  StreamSocket socket(context);
  {
    ProgramTarget target(context, "ping -n 1000 127.0.0.1 >nul", recorder);
    socket = start(target);
  }
  std::array<char, 16> buffer;
  ErrorCode error;
  socket.non_blocking(true);
  EXPECT_TRUE(run_until(context, [&] {
    socket.read_some(asio::buffer(buffer), error);
    return error && error != asio::error::would_block;
  }));
}

TEST_F(WindowsProgramTest, CarriesMoreThanAllBuffersHold) {
  ProgramTarget target(context, "for /l %i in (1,1,3000) do @echo 0123456789012345678901234567890123456789",
                       recorder);
  StreamSocket socket = start(target);
  EXPECT_EQ(output_of(socket).size(), 3000U * 42U);
}

}  // namespace
}  // namespace serialtcp::io

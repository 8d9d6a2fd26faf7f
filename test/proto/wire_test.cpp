#include <boost/test/unit_test.hpp>
#include <google/protobuf/descriptor.h>
#include <google/protobuf/descriptor.pb.h>

#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <string>

#include "content-service-api/initializer.pb.h"
#include "image-builder-api/imgbuilder.pb.h"
#include "ws-daemon-api/daemon.pb.h"
#include "ws-daemon-api/workspace_daemon.pb.h"
#include "ws-manager-api/core.pb.h"

namespace {

using namespace google::protobuf;

using facts = std::set<std::string>;

// One fact per block and per item, the item behind its block: what stands in
// the table as "message X" and "1 string id" is "pkg message X" and "pkg
// message X: 1 string id".
class described {
public:
  explicit described(const FileDescriptor& file) : package_{file.package()} {
    all.insert("file " + file.name() + " " + package_);
    for (int i = 0; i < file.service_count(); ++i)
      add(*file.service(i));
    for (int i = 0; i < file.message_type_count(); ++i)
      add(*file.message_type(i));
    for (int i = 0; i < file.enum_type_count(); ++i)
      add(*file.enum_type(i));
  }

  facts all;

private:
  void add(const ServiceDescriptor& service) {
    auto block = open("service", service.full_name());
    for (int i = 0; i < service.method_count(); ++i) {
      auto& method = *service.method(i);
      auto type = [&](const Descriptor* of, bool streams) {
        return (streams ? "stream " : "") + local(of->full_name());
      };
      all.insert(block + ": " + method.name() + " "
                 + type(method.input_type(), method.client_streaming()) + " -> "
                 + type(method.output_type(), method.server_streaming()));
    }
  }

  void add(const Descriptor& message) {
    if (message.options().map_entry())
      return;
    auto block = open("message", message.full_name());
    for (int i = 0; i < message.field_count(); ++i)
      all.insert(block + ": " + line_of(*message.field(i)));
    for (int i = 0; i < message.nested_type_count(); ++i)
      add(*message.nested_type(i));
    for (int i = 0; i < message.enum_type_count(); ++i)
      add(*message.enum_type(i));
  }

  void add(const EnumDescriptor& type) {
    auto block = open("enum", type.full_name());
    for (int i = 0; i < type.value_count(); ++i)
      all.insert(block + ": " + std::to_string(type.value(i)->number()) + " "
                 + type.value(i)->name());
  }

  std::string open(const std::string& kind, const std::string& full_name) {
    auto block = package_ + " " + kind + " " + local(full_name);
    all.insert(block);
    return block;
  }

  std::string local(const std::string& full_name) const {
    return full_name.starts_with(package_ + ".")
             ? full_name.substr(package_.size() + 1)
             : full_name;
  }

  std::string type_of(const FieldDescriptor& field) const {
    if (field.is_map()) {
      auto& entry = *field.message_type();
      return "map<" + type_of(*entry.map_key()) + ","
             + type_of(*entry.map_value()) + ">";
    }
    if (field.type() == FieldDescriptor::TYPE_MESSAGE)
      return local(field.message_type()->full_name());
    if (field.type() == FieldDescriptor::TYPE_ENUM)
      return local(field.enum_type()->full_name());
    return field.type_name();
  }

  std::string line_of(const FieldDescriptor& field) const {
    auto line = std::to_string(field.number()) + " ";
    if (field.is_repeated() && !field.is_map())
      line += "repeated ";
    if (field.has_optional_keyword())
      line += "optional ";
    line += type_of(field) + " " + field.name();
    if (auto oneof = field.real_containing_oneof())
      line += " (" + oneof->name() + ")";
    return line;
  }

  std::string package_;
};

facts facts_of_the_table() {
  auto path = std::filesystem::path{__FILE__}.parent_path() / "wire_table.txt";
  std::ifstream in{path};
  BOOST_REQUIRE_MESSAGE(in, path.native());
  facts all;
  std::string package;
  std::string block;
  for (std::string line; std::getline(in, line);) {
    if (line.empty() || line.front() == '#')
      continue;
    std::istringstream words{line};
    std::string word;
    words >> word;
    auto is_block = word == "message" || word == "enum" || word == "service";
    if (word == "file") {
      words >> word >> package;
      all.insert(line);
    } else if (is_block) {
      block = package + " " + line;
      BOOST_TEST(all.insert(block).second, "twice in the table: " + block);
    } else {
      auto item = block + ": " + line;
      BOOST_TEST(all.insert(item).second, "twice in the table: " + item);
    }
  }
  return all;
}

facts facts_of_the_protos() {
  facts all;
  for (auto file : {contentservice::WorkspaceInitializer::descriptor()->file(),
                    wsman::WorkspaceStatus::descriptor()->file(),
                    wsdaemon::InitWorkspaceRequest::descriptor()->file(),
                    iws::MountProcRequest::descriptor()->file(),
                    builder::BuildRequest::descriptor()->file()})
    all.merge(described{*file}.all);
  return all;
}

} // namespace

BOOST_AUTO_TEST_SUITE(wire_test)

BOOST_AUTO_TEST_CASE(protos_and_table_agree) {
  auto expected = facts_of_the_table();
  auto found = facts_of_the_protos();
  BOOST_TEST(expected.size() > 400u);
  for (auto& fact : expected)
    BOOST_TEST(found.contains(fact), "not in the protos: " + fact);
  for (auto& fact : found)
    BOOST_TEST(expected.contains(fact), "not in the table: " + fact);
}

// A client of 2021 sends one `git`, one of today any number.
BOOST_AUTO_TEST_CASE(one_git_of_a_prebuild_reads_as_a_list) {
  contentservice::PrebuildInitializer read;
  BOOST_REQUIRE(read.ParseFromString("\x12\x05\x0a\x03url"));
  BOOST_REQUIRE(read.git_size() == 1);
  BOOST_TEST(read.git(0).remote_uri() == "url");
}

// A client of today knows the status of a SubscribeResponse as a plain field.
BOOST_AUTO_TEST_CASE(a_status_in_a_oneof_is_a_plain_field_on_the_wire) {
  wsman::SubscribeResponse sent;
  sent.mutable_status()->set_id("i");
  BOOST_TEST(sent.SerializeAsString() == "\x0a\x03\x0a\x01i");
}

BOOST_AUTO_TEST_SUITE_END()

# Eventide's own consumer, in a process of its own, to be killed. It writes a line for each message
# that it handles. Needs the gem evt-consumer-postgres.
#
# ruby eventide-consumer.rb <connection string> <json: category, identifier, interval, member, size, waitAt>
# With waitAt it stands still before that number, until it is killed.
ENV['LOG_LEVEL'] = '_none'
ENV['STARTUP_INFO'] = 'off'
require 'consumer/postgres'
require 'uri'

$stdout.sync = true
connection = URI.parse(ARGV.fetch(0))
options = JSON.parse(ARGV.fetch(1), symbolize_names: true)
WAIT_AT = options[:waitAt]

class Numbers
  include Messaging::Handle

  def handle(message_data)
    number = message_data.data[:n]
    if number == WAIT_AT
      puts "waits at #{number}"
      sleep
    end
    puts "handled #{number}"
  end
end

class NumberConsumer
  include Consumer::Postgres

  handler Numbers
end

settings = {
  host: connection.host,
  port: connection.port,
  dbname: connection.path.delete_prefix('/'),
  user: connection.user,
  password: connection.password,
  options: '-c search_path=message_store,public'
}.compact

thread = nil
NumberConsumer.start(
  options.fetch(:category),
  session_settings: settings,
  identifier: options[:identifier],
  position_update_interval: options[:interval],
  group_member: options[:member],
  group_size: options[:size]
) do |_consumer, _address, subscription_thread|
  thread = subscription_thread
end
thread.join

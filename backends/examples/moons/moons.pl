#!/usr/bin/env perl
# Phases of the moon, one for each word of the prompt. Written from PROTOCOL.md alone; needs nothing but Perl.
use strict;
use warnings;
use JSON::PP;

$| = 1;    # a pipe is buffered by default
my $json = JSON::PP->new->utf8;

sub say_it { print $json->encode({@_}), "\n" }

say_it(
    type     => 'hello',
    versions => [1],
    about    => 'draws a moon for each word',
    serves   => 'many',
    offline  => JSON::PP::true,
    previews => JSON::PP::true,
    models   => [{
        id        => 'moons',
        about     => 'grows fuller from word to word',
        max_count => 4,
        params    => [
            { name => 'size',    about => 'width and height in pixels', kind => 'size',
              presets => ['600x200'], free => { min_edge => 32, max_edge => 2000 }, default => '600x200' },
            { name => 'evening', about => 'a dark sky', kind => 'flag', default => JSON::PP::true },
        ],
    }],
);

while (my $line = <STDIN>) {
    next unless $line =~ /\S/;
    my $order = $json->decode($line);
    # Drawing takes no time, so a cancel always comes too late.
    next if $order->{type} eq 'cancel' or $order->{type} eq 'kept';
    if ($order->{type} ne 'generate') {
        say_it(type => 'error', job => $order->{job}, kind => 'unsupported', message => "`$order->{type}` is not supported");
        next;
    }
    draw($order);
}

sub draw {
    my ($order) = @_;
    my $job = $order->{job};
    my @words = grep { /\S/ } split /\s+/, $order->{prompt};
    @words = @words[0 .. 11] if @words > 12;
    @words = ('nothing') unless @words;
    for my $picture (1 .. $order->{count}) {
        say_it(type => 'status', job => $job, text => "moon $picture");
        if ($picture == 1) {
            write_svg("$order->{scratch}/sky.svg", $order->{settings}, 0, $picture);
            say_it(type => 'preview', job => $job, path => 'sky.svg');
        }
        write_svg("$order->{scratch}/moons-$picture.svg", $order->{settings}, scalar @words, $picture);
        say_it(type => 'image', job => $job, path => "moons-$picture.svg");
        say_it(type => 'percent', job => $job, percent => 100 * $picture / $order->{count});
    }
    say_it(type => 'done', job => $job);
}

sub write_svg {
    my ($path, $settings, $moons, $turn) = @_;
    my ($width, $height) = split /x/, $settings->{size};
    my ($sky, $dark) = $settings->{evening} ? ('midnightblue', '#223') : ('lightskyblue', '#9bd');
    my $svg = "<svg xmlns='http://www.w3.org/2000/svg' width='$width' height='$height'>"
        . "<rect width='$width' height='$height' fill='$sky'/>";
    for my $at (1 .. $moons) {
        my ($x, $y) = ($width * $at / ($moons + 1), $height / 2);
        my $r = ($width / ($moons + 1) < $height ? $width / ($moons + 1) : $height) * 0.4;
        my $shadow = $x - 2 * $r * $at / $moons * $turn / 4;
        $svg .= "<circle cx='$x' cy='$y' r='$r' fill='lemonchiffon'/><circle cx='$shadow' cy='$y' r='$r' fill='$dark'/>";
    }
    open my $file, '>', $path or die "cannot write $path: $!";
    print $file "$svg</svg>\n";
    close $file or die "cannot write $path: $!";
}

"""YAML text to trees and findings, each with its place."""
